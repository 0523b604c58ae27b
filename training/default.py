"""The default model, from nothing to a bundle: learn, choose by held-out likelihood, export, compare, seal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from training.loop import checkpoint
from training.loop.plan import Plan
from training.loop.record import run_record
from training.loop.run import TrainingRun
from training.network.bundling import N_GOLDEN, bundle_network, write_bundle

NAME = "default"
VERSION = "2.0.0"


def train_default(plan: Plan, out: Path, logdir: Path, fresh: bool, console: Console) -> dict[str, object]:
    """Train the default model, or go on where a killed run stopped, and write its bundle and run record.

    Parameters
    ----------
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
    run = TrainingRun(plan, logdir)
    held_out = run.finish(console)
    record = run_record(plan, run.progress, {seed_run.seed: seed_run.n_skipped for seed_run in run.seed_runs})
    chosen = next(seed_run for seed_run in run.seed_runs if seed_run.seed == record["chosen_seed"])
    inputs = held_out.inputs[:N_GOLDEN]
    bundle = bundle_network(chosen.network, inputs, name=NAME, version=VERSION, record=record)
    return write_bundle(out, bundle, record)
