"""From a trained network to a bundle on the disk: export, golden rows, comparison, seal, and the record beside it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import N_UNITS
from stream.errors import TrainingError
from stream.model import Bundle, Golden, seal
from training.files import write_whole
from training.network.export import export
from training.network.network import Network

Float32: TypeAlias = NDArray[np.float32]

KIND = "stateful-forecast"
N_GOLDEN = 64
PARITY = 1e-5
"""Largest difference between Keras and ONNX Runtime, relative above 1: the cell state reaches hundreds."""


def bundle_network(network: Network, inputs: Float32, *, name: str, version: str, record: dict[str, object]) -> bytes:
    """Export a network and seal it.

    Parameters
    ----------
    inputs : float32, shape (rows, length, 26)
        Of real series; the last record of each becomes a golden row. `N_GOLDEN` are plenty.
    record : dict
        Travels inside the bundle.

    Returns
    -------
    bytes
        The content of the `.onnx` file.

    Raises
    ------
    ModelError
        If the bundle would be refused on load.
    TrainingError
        If ONNX Runtime and Keras disagree.
    """
    golden = golden_rows(network, inputs)
    features = ("value",)
    bundle = seal(
        export(network), name=name, version=version, kind=KIND, features=features, trained=record, golden=golden
    )
    check_parity(bundle, network, golden)
    return bundle


def golden_rows(network: Network, inputs: Float32) -> Golden:
    """Return the last record of series of shape (rows, length, 26), with the states that a network comes to it with."""
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
    forecaster = Bundle.from_bytes(bundle, Path("exported.onnx")).forecaster()
    pairs = zip(network.step(*golden), forecaster.step(*golden), strict=True)
    difference = max(float((np.abs(keras - onnx) / np.maximum(1.0, np.abs(keras))).max()) for keras, onnx in pairs)
    if not difference <= PARITY:
        raise TrainingError(
            f"expected ONNX Runtime within {PARITY:g} of Keras on the golden rows, found {difference:.2g}: "
            "the versions of tensorflow, tf2onnx and onnxruntime do not fit, install those of constraints.txt"
        )


def write_bundle(out: Path, bundle: bytes, record: dict[str, object]) -> dict[str, object]:
    """Write the bundle, then the record that names its hash, both called like the model; each whole or not there.

    Returns
    -------
    dict
        The record with the model's name, version, file and hash.
    """
    checked = Bundle.from_bytes(bundle, out)
    file = f"{checked.name}.onnx"
    model = {"name": checked.name, "version": checked.version, "file": file, "sha256": sha256(bundle).hexdigest()}
    record = {"model": model, **record}
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / file, bundle)
    write_whole(out / f"{checked.name}.json", (json.dumps(record, indent=2) + "\n").encode())
    return record
