"""What ONNX Runtime serves is what Keras trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from stream.detection.arrays import N_INPUTS
from stream.model import Bundle, Golden, OnnxForecaster, describe, seal
from stream.model.onnx.sequence import over_time
from stream.model.onnx.session import open_session
from training.network.bundling import export
from training.network.network import Network

N_STATES, N_CARRIED = 10_000, 1_000
ROWS = Golden(
    np.random.default_rng(3).normal(0, 2, (N_STATES, N_INPUTS)).clip(-8, 8).astype(np.float32),
    np.random.default_rng(4).uniform(-1, 1, (N_STATES, 32)).astype(np.float32),
    np.random.default_rng(5).normal(0, 3, (N_STATES, 32)).astype(np.float32),
)


@pytest.fixture(scope="module")
def network() -> Network:
    """A network whose biases are not the zeros that it would start with."""
    network = Network(seed=6)
    rng = np.random.default_rng(6)
    for weight in network.weights:
        weight.assign(weight + rng.normal(0, 0.3, weight.shape))
    return network


@pytest.fixture(scope="module")
def graph(network: Network) -> bytes:
    return export(network)


@pytest.fixture(scope="module")
def forecaster(graph: bytes) -> OnnxForecaster:
    golden = Golden(*(rows[:8] for rows in ROWS))
    bundle = seal(
        graph, name="t", version="1.0.0", kind="stateful-forecast", features=("value",), trained={}, golden=golden
    )
    return Bundle.from_bytes(bundle, Path("t.onnx")).forecaster()


def assert_alike(keras: tuple[object, ...], onnx: tuple[NDArray[np.float32], ...]) -> None:
    """Hold parameters, h and c within 1e-5, relative where above 1."""
    for ours, theirs in zip(onnx, map(np.asarray, keras), strict=True):
        np.testing.assert_array_less(np.abs(ours - theirs) / np.maximum(1, np.abs(ours)), 1e-5)


def test_the_export_has_a_real_lstm_node(graph: bytes) -> None:
    assert [node.op_type for node in describe(graph).nodes].count("LSTM") == 1


def test_only_the_lstm_node_is_run_record_by_record(graph: bytes) -> None:
    described = describe(over_time(graph, "inputs", {"h": "h_next", "c": "c_next"}, "parameters"))
    assert [node.op_type for node in described.nodes if node.op_type in ("Scan", "LSTM", "Slice")] == ["Scan", "LSTM"]


def test_records_in_a_row_have_the_bits_of_single_steps(graph: bytes, forecaster: OnnxForecaster) -> None:
    step = open_session(graph)
    inputs, h, c = ROWS.inputs[:500].reshape(50, 10, N_INPUTS), ROWS.h[:10], ROWS.c[:10]
    found = forecaster.run(inputs, h, c)
    for i, each in enumerate(inputs):
        expected = step.run(["parameters", "h_next", "c_next"], {"inputs": each, "h": h, "c": c})
        assert all(np.array_equal(a[i], b) for a, b in zip(found, expected, strict=True))
        _, h, c = expected


def test_the_exports_batch_is_free(graph: bytes) -> None:
    description = describe(graph)
    sizes = [value.shape[0] for value in (*description.inputs, *description.outputs) if value.shape is not None]
    assert len(sizes) == 6
    assert not any(isinstance(size, int) for size in sizes)


def test_the_export_declares_onnxs_own_operators_only(graph: bytes) -> None:
    assert describe(graph).opsets == (("", 18),)


def test_onnx_equals_keras_on_ten_thousand_random_states(network: Network, forecaster: OnnxForecaster) -> None:
    assert_alike(network.step(*ROWS), forecaster.step(*ROWS))


def test_onnx_equals_keras_over_a_thousand_carried_steps(network: Network, forecaster: OnnxForecaster) -> None:
    step = tf.function(network.step)
    keras_h = keras_c = onnx_h = onnx_c = np.zeros((4, 32), np.float32)
    for inputs in ROWS.inputs[: 4 * N_CARRIED].reshape(N_CARRIED, 4, N_INPUTS):
        keras, onnx = step(inputs, keras_h, keras_c), forecaster.step(inputs, onnx_h, onnx_c)
        assert_alike(keras, onnx)
        (_, keras_h, keras_c), (_, onnx_h, onnx_c) = keras, onnx


def test_a_row_has_the_same_result_alone_and_in_a_batch(forecaster: OnnxForecaster) -> None:
    batch = forecaster.step(*(rows[:100] for rows in ROWS))
    alone = forecaster.step(*(rows[41:42] for rows in ROWS))
    for many, one in zip(batch, alone, strict=True):
        np.testing.assert_array_equal(many[41:42], one)
