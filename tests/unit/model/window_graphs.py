"""Small windowed ONNX models for the tests, an LSTM and a dense layer as exporters write them; and bundles of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from stream.model import WindowedMetadata, describe, seal_windowed
from stream.model.metadata import property_of, read_metadata, unsealed, with_metadata

Float32 = NDArray[np.float32]
Axis = int | str

WINDOW, FEATURES, N_UNITS, N_GOLDEN = 12, ("cpu", "mem"), 8, 16
N_FEATURES = len(FEATURES)


def windows(n_rows: int, window: int = WINDOW, n_features: int = N_FEATURES, seed: int = 5) -> Float32:
    """Draw scaled windows."""
    return np.random.default_rng(seed).uniform(0, 1, (n_rows, window, n_features)).astype(np.float32)


def nodes(n_steps: int) -> list[NodeProto]:
    """An LSTM over the window; a dense layer on all of its states, or on the last one for a single step."""
    states = "every" if n_steps > 1 else "last"
    return [
        helper.make_node("Transpose", ["values"], ["sequence"], "sequence", perm=[1, 0, 2]),
        helper.make_node("LSTM", ["sequence", "w", "r", "b"], ["y", "last"], "lstm", hidden_size=N_UNITS),
        helper.make_node("Squeeze", ["y", "second"], ["every"], "every"),
        helper.make_node("Transpose", [states], ["states"], "states", perm=[1, 0, 2]),
        helper.make_node("MatMul", ["states", "kernel"], ["product"], "product"),
        helper.make_node("Sigmoid", ["product"], ["predicted"], "predicted"),
    ]


def weights(n_features: int) -> list[TensorProto]:
    """Random weights, and the axis of the LSTM's directions."""
    random = np.random.default_rng(9)
    shapes = {
        "w": (1, 4 * N_UNITS, n_features),
        "r": (1, 4 * N_UNITS, N_UNITS),
        "b": (1, 8 * N_UNITS),
        "kernel": (N_UNITS, n_features),
    }
    drawn = [
        numpy_helper.from_array(random.normal(0, 0.8, shape).astype(np.float32), name) for name, shape in shapes.items()
    ]
    return [*drawn, numpy_helper.from_array(np.array([1]), "second")]


def window_model(n_steps: int = WINDOW, window: int = WINDOW, n_features: int = N_FEATURES) -> ModelProto:
    """A model of one input and one output, both of names and axes that are its own affair."""
    graph = helper.make_graph(
        nodes(n_steps),
        "window",
        [array("values", ["batch", window, n_features])],
        [array("predicted", ["batch", n_steps, n_features])],
        weights(n_features),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def array(name: str, axes: list[Axis], element: int = TensorProto.FLOAT) -> ValueInfoProto:
    """Declare a graph input or output."""
    return helper.make_tensor_value_info(name, element, axes)


FACTS: dict[str, Any] = {
    "name": "small",
    "version": "1.2.3",
    "features": FEATURES,
    "trained": {"seed": 9},
    "window": WINDOW,
    "offset": [0.0, 100.0],
    "scale": [1.0, 50.0],
}
FORECAST = FACTS | {"kind": "windowed-forecast", "spread": [0.1, 3.0]}
RECONSTRUCTION = FACTS | {"kind": "windowed-reconstruction", "cutoff": 1.5, "stride": 4}


def sealed(model: ModelProto, facts: dict[str, Any], golden: Float32 | None = None) -> bytes:
    """Seal a model with some facts, and with golden windows of its own shape."""
    rows = windows(N_GOLDEN) if golden is None else golden
    return seal_windowed(model.SerializeToString(), golden_windows=rows, **facts)


@cache
def forecast_bundle() -> bytes:
    """A windowed forecaster of one step that passes every check."""
    return sealed(window_model(n_steps=1), FORECAST)


@cache
def reconstruction_bundle() -> bytes:
    """A windowed reconstruction that passes every check."""
    return sealed(window_model(), RECONSTRUCTION)


def metadata_of(bundle: bytes) -> WindowedMetadata:
    """Read a windowed bundle's metadata without checking the bundle."""
    metadata = read_metadata(property_of(describe(bundle)))
    assert isinstance(metadata, WindowedMetadata)
    return metadata


def model_of(bundle: bytes) -> ModelProto:
    """A bundle as `onnx` reads it, to be changed and sealed by force."""
    model = ModelProto()
    model.ParseFromString(bundle)
    return model


def sealed_by_force(model: ModelProto, bundle: bytes, **changes: object) -> bytes:
    """Return any model a good bundle's metadata, changed, and fitting hashes, where `seal_windowed` would refuse."""
    metadata = msgspec.structs.replace(metadata_of(bundle), **changes)
    return with_metadata(unsealed(model.SerializeToString()), metadata)
