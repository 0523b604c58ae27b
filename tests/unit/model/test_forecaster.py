"""The step that the worker runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.detection.arrays import N_INPUTS, N_OUTPUTS, N_UNITS
from stream.model import Bundle, OnnxForecaster, StatefulForecast
from tests.unit.model.graphs import exported_bundle, good_bundle, rows, weights


@pytest.fixture(scope="module", params=[good_bundle, exported_bundle])
def bundle(request: pytest.FixtureRequest) -> Bundle:
    """A step that is run whole for each record, then the exported one, of which the LSTM alone is; the same weights."""
    return Bundle.from_bytes(request.param(), Path("memory"))


@pytest.fixture(scope="module")
def forecaster(bundle: Bundle) -> OnnxForecaster:
    return bundle.forecaster()


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))


def test_a_step_is_the_lstm_of_the_textbook(forecaster: OnnxForecaster) -> None:
    inputs, h, c = (array.astype(np.float64) for array in rows(5))
    w, r, b, kernel, bias = (np.frombuffer(t.raw_data, "<f4").reshape(t.dims).astype(float) for t in weights()[:5])
    gates = inputs @ w[0].T + h @ r[0].T + b[0, :128] + b[0, 128:]
    i, o, f, g = np.split(gates, 4, axis=1)
    c_next = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h_next = sigmoid(o) * np.tanh(c_next)
    parameters = np.concatenate([h_next, inputs], axis=1) @ kernel + bias
    for found, expected in zip(forecaster.step(*rows(5)), (parameters, h_next, c_next), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-6)


def test_every_batch_size_gives_the_same_bits(forecaster: OnnxForecaster) -> None:
    all_rows = rows(1024)
    whole = forecaster.step(*all_rows)
    for n_rows in range(1, 1024):
        part = forecaster.step(*(array[:n_rows] for array in all_rows))
        assert all(np.array_equal(a, b[:n_rows]) for a, b in zip(part, whole, strict=True)), n_rows


def test_several_records_have_the_same_bits_in_smaller_batches(forecaster: OnnxForecaster) -> None:
    inputs, h, c = rows(3 * 1024)
    inputs = inputs.reshape(3, 1024, -1)
    whole = forecaster.run(inputs, h[:1024], c[:1024])
    for n_keys in (*range(1, 34), *range(50, 1024, 75)):
        part = forecaster.run(np.ascontiguousarray(inputs[:, :n_keys]), h[:n_keys], c[:n_keys])
        assert all(np.array_equal(a, b[:, :n_keys]) for a, b in zip(part, whole, strict=True)), n_keys


def test_every_order_gives_the_same_bits(forecaster: OnnxForecaster) -> None:
    whole = forecaster.step(*rows(1024))
    random = np.random.default_rng(5)
    for _ in range(20):
        order = random.permutation(1024)[: random.integers(1, 1025)]
        part = forecaster.step(*(np.ascontiguousarray(array[order]) for array in rows(1024)))
        assert all(np.array_equal(a, b[order]) for a, b in zip(part, whole, strict=True))


@pytest.mark.parametrize("n_keys", [1, 7, 250, 1024])
def test_records_in_a_row_give_the_bits_of_single_steps_however_they_are_cut(
    forecaster: OnnxForecaster, n_keys: int
) -> None:
    inputs, h, c = rows(40 * n_keys)
    inputs, h, c = inputs.reshape(40, n_keys, -1), h[:n_keys], c[:n_keys]
    whole = forecaster.run(inputs, h, c)
    for start, end in ((0, 1), (1, 2), (2, 25), (25, 40)):
        part = forecaster.run(inputs[start:end], h, c)
        assert all(np.array_equal(a, b[start:end]) for a, b in zip(part, whole, strict=True))
        h, c = part[1][-1], part[2][-1]


def test_the_sealed_step_and_the_model_over_time_give_the_same_bits(bundle: Bundle, forecaster: OnnxForecaster) -> None:
    inputs, h, c = rows(64)
    sealed = bundle.session.run(["parameters", "h_next", "c_next"], {"inputs": inputs, "h": h, "c": c})
    assert all(np.array_equal(a, b) for a, b in zip(forecaster.step(inputs, h, c), sealed, strict=True))


def test_a_step_leaves_its_input_alone_and_gives_new_arrays(forecaster: OnnxForecaster) -> None:
    inputs, h, c = rows(8)
    before = [array.copy() for array in (inputs, h, c)]
    first = forecaster.step(inputs, h, c)
    kept = [array.copy() for array in first]
    forecaster.step(*rows(8, seed=1))
    assert all(np.array_equal(a, b) for a, b in zip((inputs, h, c), before, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(first, kept, strict=True))


def test_no_row_gives_no_row(forecaster: OnnxForecaster) -> None:
    assert [array.shape for array in forecaster.step(*rows(0))] == [(0, 11), (0, 32), (0, 32)]


def test_a_row_of_nan_spoils_no_other_row(forecaster: OnnxForecaster) -> None:
    inputs, h, c = rows(8)
    expected = forecaster.step(inputs, h, c)[0]
    inputs[3] = np.nan
    found = forecaster.step(inputs, h, c)[0]
    assert np.isnan(found[3]).all()
    assert np.array_equal(np.delete(found, 3, axis=0), np.delete(expected, 3, axis=0))


def test_the_signature_is_the_detectors() -> None:
    signature = StatefulForecast.signature()
    assert signature.inputs == {"inputs": (N_INPUTS,), "h": (N_UNITS,), "c": (N_UNITS,)}
    assert signature.outputs["parameters"] == (N_OUTPUTS,)
