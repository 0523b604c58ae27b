"""The default model, from nothing to a bundle: learn, choose by held-out likelihood, export, compare, seal."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
from rich.console import Console

from stream.detection import N_UNITS
from stream.errors import TrainingError
from stream.model import Bundle, Golden, seal
from training import checkpoint
from training.examples import Examples
from training.export import export
from training.network import Network
from training.plan import Plan
from training.record import run_record
from training.run import Run

NAME = "default"
VERSION = "1.0.0"
KIND = "stateful-forecast"
N_GOLDEN = 64
PARITY = 1e-5
"""Largest difference between Keras and ONNX Runtime, relative above 1: the cell state reaches hundreds."""


def train_default(plan: Plan, out: Path, logdir: Path, fresh: bool, console: Console) -> dict[str, object]:
    """Train the default model, or go on where a killed run stopped, and write its bundle and run record.

    Parameters
    ----------
    plan : Plan
    out : Path
        Folder for `default.onnx` and `default.json`; made when missing.
    logdir : Path
        Folder of the checkpoint and of TensorBoard's files; made when missing.
    fresh : bool
        Forget the checkpoint and start over.
    console : rich.console.Console
        Where the progress is shown.

    Returns
    -------
    dict
        The run record, as written to `default.json`.

    Raises
    ------
    TrainingError
        If the checkpoint is of another plan, series cannot be drawn, or ONNX Runtime and Keras disagree.
    """
    if fresh:
        checkpoint.discard(logdir)
    run = Run(plan, logdir)
    held_out = run.finish(console)
    record = run_record(plan, run.progress, {trainee.seed: trainee.n_skipped for trainee in run.trainees})
    chosen = next(trainee for trainee in run.trainees if trainee.seed == record["chosen_seed"])
    golden = golden_rows(chosen.network, held_out)
    bundle = seal(
        export(chosen.network),
        name=NAME,
        version=VERSION,
        kind=KIND,
        features=("value",),
        trained=record,
        golden=golden,
    )
    check_parity(bundle, chosen.network, golden)
    return _write(out, bundle, record)


def golden_rows(network: Network, examples: Examples) -> Golden:
    """Give the last record of some series with the states that a network comes to it with.

    Parameters
    ----------
    network : Network
    examples : Examples

    Returns
    -------
    Golden
        64 rows, or one a series where there are fewer.
    """
    inputs = examples.inputs[:N_GOLDEN]
    start = np.zeros((len(inputs), N_UNITS), np.float32)
    _, h, c = network.unroll(inputs[:, :-1], start, start)
    return Golden(inputs[:, -1], np.asarray(h), np.asarray(c))


def check_parity(bundle: bytes, network: Network, golden: Golden) -> None:
    """Compare what Keras and ONNX Runtime make of the golden rows.

    Raises
    ------
    TrainingError
        If any output differs by more than 1e-5, relative where it is above 1.
    """
    forecaster = Bundle.from_bytes(bundle, Path(f"{NAME}.onnx")).forecaster()
    pairs = zip(network.step(*golden), forecaster.step(*golden), strict=True)
    difference = max(float((np.abs(keras - onnx) / np.maximum(1.0, np.abs(keras))).max()) for keras, onnx in pairs)
    if not difference <= PARITY:
        raise TrainingError(
            f"expected ONNX Runtime within {PARITY:g} of Keras on the golden rows, found {difference:.2g}: "
            "the versions of tensorflow, tf2onnx and onnxruntime do not fit, install those of constraints.txt"
        )


def _write(out: Path, bundle: bytes, record: dict[str, object]) -> dict[str, object]:
    """Write the bundle, then the record that names its hash; each file is whole or not there."""
    model = {"name": NAME, "version": VERSION, "file": f"{NAME}.onnx", "sha256": sha256(bundle).hexdigest()}
    record = {"model": model, **record}
    out.mkdir(parents=True, exist_ok=True)
    for file, content in ((f"{NAME}.onnx", bundle), (f"{NAME}.json", (json.dumps(record, indent=2) + "\n").encode())):
        unfinished = out / f"{file}.part"
        unfinished.write_bytes(content)
        unfinished.replace(out / file)
    return record
