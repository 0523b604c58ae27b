"""Small ONNX models for the tests, built node by node as tf2onnx exports the Keras step; and bundles made of them."""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from stream.model import Bundle, Golden, StatefulForecast, seal
from stream.model.metadata import property_of, read_metadata, unsealed, with_metadata
from stream.model.onnx.graph import describe

Float32 = NDArray[np.float32]

N_INPUTS, N_UNITS, N_OUTPUTS = 26, 32, 11
N_GOLDEN = 4


def rows(n_rows: int, seed: int = 7) -> Golden:
    """Draw inputs and carried states as a running detector has them."""
    random = np.random.default_rng(seed)
    return Golden(
        inputs=random.normal(0, 2, (n_rows, N_INPUTS)).astype(np.float32),
        h=random.uniform(-1, 1, (n_rows, N_UNITS)).astype(np.float32),
        c=random.normal(0, 1, (n_rows, N_UNITS)).astype(np.float32),
    )


def step_nodes() -> list[NodeProto]:
    """One LSTM step and the dense layer on [h, inputs]."""
    return [
        helper.make_node("Unsqueeze", ["inputs", "second"], ["window"], "window"),
        helper.make_node("Transpose", ["window"], ["sequence"], "sequence", perm=[1, 0, 2]),
        helper.make_node("Unsqueeze", ["h", "first"], ["h_0"], "h_0"),
        helper.make_node("Unsqueeze", ["c", "first"], ["c_0"], "c_0"),
        helper.make_node(
            "LSTM", ["sequence", "w", "r", "b", "", "h_0", "c_0"], ["", "h_1", "c_1"], "lstm", hidden_size=N_UNITS
        ),
        helper.make_node("Squeeze", ["h_1", "first"], ["h_next"], "h_next"),
        helper.make_node("Squeeze", ["c_1", "first"], ["c_next"], "c_next"),
        helper.make_node("Concat", ["h_next", "inputs"], ["joined"], "joined", axis=1),
        helper.make_node("MatMul", ["joined", "kernel"], ["product"], "product"),
        helper.make_node("Add", ["product", "bias"], ["parameters"], "parameters"),
    ]


def weights() -> list[TensorProto]:
    """Random weights of the size that training ends with, and the axes that the nodes name."""
    random = np.random.default_rng(3)
    shapes = {
        "w": (1, 4 * N_UNITS, N_INPUTS),
        "r": (1, 4 * N_UNITS, N_UNITS),
        "b": (1, 8 * N_UNITS),
        "kernel": (N_UNITS + N_INPUTS, N_OUTPUTS),
        "bias": (N_OUTPUTS,),
    }
    drawn = [
        numpy_helper.from_array(random.normal(0, 0.2, shape).astype(np.float32), name) for name, shape in shapes.items()
    ]
    axes = [numpy_helper.from_array(np.array([axis]), name) for name, axis in (("first", 0), ("second", 1))]
    return drawn + axes


def value(name: str, size: int, batch: int | str = "batch", element: int = TensorProto.FLOAT) -> ValueInfoProto:
    """Declare a graph input or output of shape (batch, size)."""
    return helper.make_tensor_value_info(name, element, [batch, size])


def step_graph() -> GraphProto:
    """The graph of a `stateful-forecast` model."""
    return helper.make_graph(
        step_nodes(),
        "step",
        [value("inputs", N_INPUTS), value("h", N_UNITS), value("c", N_UNITS)],
        [value("parameters", N_OUTPUTS), value("h_next", N_UNITS), value("c_next", N_UNITS)],
        weights(),
    )


def step_model(opset: int = 18) -> ModelProto:
    """A model as tf2onnx leaves it: its own name, and an operator set that no node uses."""
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 2)]
    return helper.make_model(step_graph(), opset_imports=opsets, ir_version=8, producer_name="tf2onnx")


def exported_model() -> ModelProto:
    """The same weights in the nodes that tf2onnx did write: those of the shipped model."""
    model = ModelProto()
    model.ParseFromString(unsealed(Bundle.default().model))
    inputs = {node.op_type: node.input for node in model.graph.node}
    drawn = zip([*inputs["LSTM"][1:4], inputs["MatMul"][1], inputs["Add"][1]], weights()[:5], strict=True)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for name, tensor in drawn:
        tensor.name = name
        tensors[name].CopyFrom(tensor)
    return model


@cache
def good_bundle() -> bytes:
    """A bundle that passes every check."""
    return sealed(step_model())


@cache
def exported_bundle() -> bytes:
    """A bundle of the same numbers, in the graph that training exports."""
    return sealed(exported_model())


def sealed(model: ModelProto) -> bytes:
    """Seal a step with golden rows."""
    return seal(
        model.SerializeToString(),
        name="small",
        version="1.2.3",
        kind="stateful-forecast",
        features=("value",),
        trained={"seed": 3, "data": ["random weights"]},
        golden=rows(N_GOLDEN),
    )


def metadata_of(bundle: bytes) -> StatefulForecast:
    """Read a bundle's metadata without checking the bundle."""
    metadata = read_metadata(property_of(describe(bundle)))
    assert isinstance(metadata, StatefulForecast)
    return metadata


def sealed_by_force(model: ModelProto | bytes, **changes: object) -> bytes:
    """Return any model the good bundle's metadata and fitting hashes, where `seal` would refuse."""
    content = model if isinstance(model, bytes) else model.SerializeToString()
    metadata = msgspec.structs.replace(metadata_of(good_bundle()), **changes)
    return with_metadata(unsealed(content), metadata)


def good_model() -> ModelProto:
    """The good bundle as `onnx` reads it, to be changed and sealed by force."""
    model = ModelProto()
    model.ParseFromString(good_bundle())
    return model


def flipped(content: bytes, bit: int) -> bytes:
    """Turn one bit over, counted from the first byte's lowest."""
    damaged = bytearray(content)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)
