"""An ONNX model becomes a bundle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.calibration import BundleSpec, CalibrationSeries, declared_window, fit_scaling, reconstruction_errors, wrap
from stream.detection.forecast.windows import sliding_windows
from stream.errors import DataError, ModelError
from stream.model import Bundle, WindowedForecast, WindowedMetadata, WindowedReconstruction
from tests.unit.model.window_graphs import FEATURES, WINDOW, array, window_model

Float64 = NDArray[np.float64]


def series(n_points: int = 400, seed: int = 6) -> Float64:
    random = np.random.default_rng(seed)
    return random.normal([50, 4e9], [5, 1e8], (n_points, 2))


def data(*lengths: int) -> CalibrationSeries:
    return CalibrationSeries("host.csv", tuple(series(length, seed=i) for i, length in enumerate(lengths)))


def recipe(kind: str) -> BundleSpec:
    scaling = fit_scaling(series(), FEATURES)
    return BundleSpec(kind, "small", "1.0.0", FEATURES, WINDOW, scaling, stride=4, quantile=0.9, facts={"wrapped": "m"})


def content(n_steps: int) -> bytes:
    return bytes(window_model(n_steps).SerializeToString())


def metadata_of(bundle: bytes) -> WindowedMetadata:
    metadata = Bundle.from_bytes(bundle, Path("memory")).metadata
    assert isinstance(metadata, WindowedMetadata)
    return metadata


def test_a_forecast_gets_the_spread_of_its_residuals() -> None:
    metadata = metadata_of(wrap(content(1), recipe("forecast"), data(400)).content)
    assert isinstance(metadata, WindowedForecast)
    assert 5 / 4 < metadata.spread[0] < 5 * 4
    assert 1e8 / 4 < metadata.spread[1] < 1e8 * 4


def test_a_tenth_of_the_calibration_windows_of_a_reconstruction_scores_above_1() -> None:
    wrapped = wrap(content(WINDOW), recipe("reconstruct"), data(400))
    bundle = Bundle.from_bytes(wrapped.content, Path("memory"))
    assert isinstance(bundle.metadata, WindowedReconstruction)
    scaled = recipe("reconstruct").scaling.scaled(data(400).values[0])
    scores = reconstruction_errors(bundle.window_model(), scaled, WINDOW) / bundle.metadata.cutoff
    assert (len(scores), int((scores > 1).sum()), bundle.metadata.stride) == (389, 39, 4)


def test_a_reconstruction_of_one_step_is_wrapped_too() -> None:
    metadata = metadata_of(wrap(content(1), recipe("reconstruct"), data(400)).content)
    assert (metadata.n_steps, metadata.window) == (1, WINDOW)


def test_golden_windows_come_from_all_over_the_data() -> None:
    whole = data(200, 200)
    metadata = metadata_of(wrap(content(1), recipe("forecast"), whole).content)
    golden = np.frombuffer(metadata.golden.windows, "<f4").reshape(-1, WINDOW, 2)
    scaling = recipe("forecast").scaling
    assert len(golden) == 32
    np.testing.assert_array_equal(golden[0], scaling.scaled(whole.values[0][:WINDOW]))
    np.testing.assert_array_equal(golden[-1], scaling.scaled(whole.values[1][-WINDOW:]))


def test_the_bundle_says_what_it_was_calibrated_on() -> None:
    trained = metadata_of(wrap(content(1), recipe("forecast"), data(200, 300)).content).trained
    calibration = trained["calibration"]
    assert trained["wrapped"] == "m"
    assert isinstance(calibration, dict)
    assert (calibration["file"], calibration["n_series"], calibration["n_points"]) == ("host.csv", 2, 500)
    assert calibration["n_windows"] == 188 + 288


def test_wrapping_twice_gives_the_same_bytes() -> None:
    first = wrap(content(1), recipe("forecast"), data(400)).content
    assert wrap(first, recipe("forecast"), data(400)).content == first


@pytest.mark.parametrize(
    ("kind", "lengths", "reason"),
    [
        ("forecast", (111,), "100 forecasts, that is 112 points of one series for a window of 12, found 111 points"),
        (
            "reconstruct",
            (20,),
            "10 windows for the 0.9 quantile, that is 21 points of one series .* found 20",
        ),
        ("reconstruct", (11, 11, 11), "found 33 points in 3 series: bring more"),
    ],
)
def test_too_few_points_are_told_how_many_are_needed(kind: str, lengths: tuple[int, ...], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        wrap(content(1), recipe(kind), data(*lengths))


@pytest.mark.parametrize(("kind", "n_points"), [("forecast", 112), ("reconstruct", 21)])
def test_as_many_points_as_are_asked_for_are_enough(kind: str, n_points: int) -> None:
    assert wrap(content(1), recipe(kind), data(n_points)).fit.n_windows == n_points - WINDOW + (kind == "reconstruct")


def test_the_fit_is_told_beside_that_of_the_simplest_model() -> None:
    fit = wrap(content(WINDOW), recipe("reconstruct"), data(400)).fit
    windows = sliding_windows(recipe("reconstruct").scaling.scaled(data(400).values[0]), WINDOW, 1)
    assert fit.baseline_rms == pytest.approx(float(windows.var(axis=1).mean()) ** 0.5)
    assert fit.rms > fit.baseline_rms


def test_the_window_is_read_from_a_graph_that_states_it() -> None:
    assert declared_window(content(1)) == WINDOW


def test_a_graph_that_leaves_the_window_free_needs_it_said() -> None:
    model = window_model()
    model.graph.input[0].CopyFrom(array("values", ["batch", "length", 2]))
    with pytest.raises(ModelError, match=r"found \(free, free, 2\): say how long the window is, --window"):
        declared_window(model.SerializeToString())
