"""From a trained network to a bundle on the disk: export, golden rows, comparison, seal, and the record beside it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

from stream.detection.arrays import N_INPUTS, N_UNITS, Float32
from stream.errors import TrainingError
from stream.model import Bundle, Golden, seal
from training.files import write_whole
from training.network.network import Network

OPSET = 18
"""The newest that tf2onnx 1.17 writes."""

KIND = "stateful-forecast"
N_GOLDEN = 64
PARITY = 1e-5
"""Largest difference between Keras and ONNX Runtime, relative above 1: the cell state reaches hundreds."""


def export(network: Network) -> bytes:
    """Write one step of a network as an ONNX model.

    Through `convert.from_function`, since `from_keras` fails with Keras 3. The LSTM layer, run over one record, becomes
    ONNX's own LSTM operator.

    Returns
    -------
    bytes
        Inputs `inputs` (batch, 26), `h` and `c` (batch, 32); outputs `parameters` (batch, 11), `h_next` and `c_next`
        (batch, 32); float32, the batch free, only ONNX's own operators.
    """

    def step(inputs: tf.Tensor, h: tf.Tensor, c: tf.Tensor) -> dict[str, tf.Tensor]:
        parameters, h_next, c_next = network.step(inputs, h, c)
        return {"parameters": parameters, "h_next": h_next, "c_next": c_next}

    signature = [
        tf.TensorSpec((None, size), tf.float32, name)
        for name, size in (("inputs", N_INPUTS), ("h", N_UNITS), ("c", N_UNITS))
    ]
    model, _ = tf2onnx.convert.from_function(tf.function(step, autograph=False), input_signature=signature, opset=OPSET)
    return bytes(_with_own_operators_only(model).SerializeToString())


def _with_own_operators_only(model: onnx.ModelProto) -> onnx.ModelProto:
    """Drop the operator set ai.onnx.ml, which tf2onnx declares whether or not it is used."""
    kept = [opset for opset in model.opset_import if not opset.domain]
    del model.opset_import[:]
    model.opset_import.extend(kept)
    return model


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
