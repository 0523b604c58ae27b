"""The windowed model that the worker runs, and whether a row's bits depend on its batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from stream.model import Bundle, OnnxWindowModel
from tests.unit.model.window_graphs import (
    N_FEATURES,
    N_GOLDEN,
    N_UNITS,
    RECONSTRUCTION,
    WINDOW,
    Axis,
    array,
    forecast_bundle,
    reconstruction_bundle,
    sealed,
    weights,
    window_model,
    windows,
)


def loaded(bundle: bytes) -> Bundle:
    return Bundle.from_bytes(bundle, Path("memory"))


@pytest.fixture(scope="module")
def model() -> OnnxWindowModel:
    return loaded(reconstruction_bundle()).window_model()


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def test_a_prediction_is_the_lstm_of_the_textbook(model: OnnxWindowModel) -> None:
    w, r, b, kernel = (
        np.frombuffer(tensor.raw_data, "<f4").reshape(tensor.dims).astype(float) for tensor in weights(N_FEATURES)[:4]
    )
    rows, expected = windows(3), []
    h = c = np.zeros((3, N_UNITS))
    for step in range(WINDOW):
        gates = rows[:, step].astype(float) @ w[0].T + h @ r[0].T + b[0, : 4 * N_UNITS] + b[0, 4 * N_UNITS :]
        i, o, f, g = np.split(gates, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        expected.append(sigmoid(h @ kernel))
    np.testing.assert_allclose(model.predict(rows), np.stack(expected, axis=1), atol=2e-6)


def test_every_batch_size_gives_the_same_bits(model: OnnxWindowModel) -> None:
    rows = windows(200)
    whole = model.predict(rows)
    for n_rows in range(1, 200):
        assert np.array_equal(model.predict(rows[-n_rows:]), whole[-n_rows:]), n_rows


def test_every_order_gives_the_same_bits(model: OnnxWindowModel) -> None:
    rows = windows(100)
    order = np.random.default_rng(5).permutation(100)
    assert np.array_equal(model.predict(rows[order]), model.predict(rows)[order])


def test_no_window_gives_no_prediction(model: OnnxWindowModel) -> None:
    assert model.predict(windows(0)).shape == (0, WINDOW, N_FEATURES)
    assert loaded(forecast_bundle()).window_model().predict(windows(0)).shape == (0, 1, N_FEATURES)


def test_a_window_of_nan_spoils_no_other_window(model: OnnxWindowModel) -> None:
    rows = windows(8)
    expected = model.predict(rows)
    rows[3, 5] = np.nan
    found = model.predict(rows)
    assert np.array_equal(np.delete(found, 3, axis=0), np.delete(expected, 3, axis=0))


def test_windows_run_together_up_to_the_number_of_golden_rows() -> None:
    assert loaded(reconstruction_bundle()).n_together == N_GOLDEN
    assert loaded(sealed(window_model(), RECONSTRUCTION, windows(40))).n_together == 32


def ending_in(operator: str) -> ModelProto:
    """The reconstruction with another last operator."""
    model = window_model()
    model.graph.node[-1].op_type = operator
    return model


@pytest.mark.parametrize("operator", ["Elu", "Selu", "Softplus"])
def test_an_operator_that_rounds_the_last_numbers_otherwise_runs_its_windows_one_by_one(operator: str) -> None:
    assert loaded(sealed(ending_in(operator), RECONSTRUCTION)).n_together == 1
    assert loaded(sealed(ending_in("Tanh"), RECONSTRUCTION)).n_together == N_GOLDEN


def test_a_model_whose_bits_depend_on_the_batch_runs_its_windows_one_by_one() -> None:
    model = window_model()
    lstm = model.graph.node[1]
    lstm.CopyFrom(helper.make_node("RNN", ["sequence", "w", "r"], ["y", "last"], "rnn", hidden_size=N_UNITS))
    for tensor in model.graph.initializer[:2]:
        tensor.dims[1] = N_UNITS
        tensor.raw_data = tensor.raw_data[: len(tensor.raw_data) // 4]
    bundle = loaded(sealed(model, RECONSTRUCTION))
    whole = bundle.window_model().predict(windows(9))
    assert bundle.n_together == 1
    for row in range(9):
        assert np.array_equal(bundle.window_model().predict(windows(9)[row : row + 1])[0], whole[row])


def lookup() -> ModelProto:
    """A model that looks its numbers up in a table of ten."""
    shape: list[Axis] = ["batch", WINDOW, N_FEATURES]
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["values"], ["places"], "places", to=TensorProto.INT64),
            helper.make_node("Gather", ["table", "places"], ["predicted"], "predicted"),
        ],
        "lookup",
        [array("values", shape)],
        [array("predicted", shape)],
        [numpy_helper.from_array(np.arange(10, dtype=np.float32), "table")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def test_a_window_on_which_the_graph_fails_is_no_number_and_its_neighbours_do_not_notice() -> None:
    model, shown = loaded(sealed(lookup(), RECONSTRUCTION)).window_model(), 9 * windows(6)
    whole = model.predict(shown)
    shown[3, 5, 1] = 1000
    found = model.predict(shown)
    assert np.isnan(found[3]).all()
    assert np.array_equal(np.delete(found, 3, axis=0), np.delete(whole, 3, axis=0))
