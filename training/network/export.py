"""From Keras to ONNX: one step of the network as a graph that any runtime can carry on."""

from __future__ import annotations

import onnx
import tensorflow as tf
import tf2onnx

from stream.detection.arrays import N_INPUTS, N_UNITS
from training.network.network import Network

OPSET = 18
"""The newest that tf2onnx 1.17 writes."""


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
