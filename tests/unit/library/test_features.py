"""Models of several features: the library takes points of several numbers and names the feature of what it finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stream import Bundle, Detector, backtest
from stream.detection.arrays import Float64
from tests.unit.model.window_graphs import FORECAST, RECONSTRUCTION, WINDOW, sealed, window_model

START_MS, MINUTE_MS = 1_700_000_000_000, 60_000
N, SPIKE = 200, 190
TIMES = START_MS + MINUTE_MS * np.arange(N)


@pytest.fixture(scope="module")
def forecast() -> Bundle:
    return Bundle.from_bytes(sealed(window_model(n_steps=1), FORECAST), Path("forecast.onnx"))


@pytest.fixture(scope="module")
def reconstruction() -> Bundle:
    return Bundle.from_bytes(sealed(window_model(), RECONSTRUCTION), Path("reconstruction.onnx"))


@pytest.fixture(scope="module")
def values() -> Float64:
    """Return two features of which the second jumps."""
    calm = np.stack([np.arange(N) % 5 / 5.0, 100.0 + np.arange(N) % 7], axis=1)
    calm[SPIKE:, 1] = 9000.0
    return calm


def test_each_feature_of_a_forecast_has_scores_and_episodes_of_its_own(forecast: Bundle, values: Float64) -> None:
    result = backtest(TIMES, values, model=forecast, warmup=100)
    assert result.scores.shape == result.expected.shape == (N, 2)
    assert {episode.feature for episode in result.episodes if episode.first == SPIKE} == {result.features[1]}


def test_a_frame_has_a_row_for_each_point_and_feature(forecast: Bundle, values: Float64) -> None:
    frame = backtest(TIMES, values, model=forecast, warmup=100).to_polars()
    assert frame.height == 2 * N
    assert frame["feature"][:2].to_list() == list(forecast.metadata.features)
    assert frame["value"].to_list() == values.ravel().tolist()


def test_one_point_at_a_time_is_scored_as_the_whole_series(forecast: Bundle, values: Float64) -> None:
    whole = backtest(TIMES, values, model=forecast, warmup=100)
    detector = Detector(forecast, warmup=100)
    scores = [detector.score("series", int(t), value.tolist()) for t, value in zip(TIMES, values, strict=True)]
    assert [score.score for score in scores[WINDOW + 100 :]] == whole.scores[WINDOW + 100 :].max(axis=1).tolist()
    changes = {(each.feature, each.timestamp, each.state) for score in scores for each in score.changes}
    assert changes == {(c.feature, c.timestamp, c.state) for e in whole.episodes for c in e.changes}


def test_features_may_be_given_by_name(forecast: Bundle) -> None:
    first, second = forecast.metadata.features
    by_name, in_order = Detector(forecast), Detector(forecast)
    assert repr(by_name.score("a", START_MS, {second: 100.0, first: 0.5})) == repr(
        in_order.score("a", START_MS, [0.5, 100.0])
    )
    with pytest.raises(ValueError, match=r"value: expected the features .*, found other"):
        by_name.score("a", START_MS + 1, {"other": 1.0})


def test_a_reconstruction_has_one_score_a_point_and_fills_its_window_first(
    reconstruction: Bundle, values: Float64
) -> None:
    result = backtest(TIMES, values, model=reconstruction)
    assert result.scores.shape == (N,)
    assert result.states[: WINDOW - 1].tolist() == ["filling"] * (WINDOW - 1)
    assert np.isnan(result.expected).all()
    assert len(result.to_polars()) == N


def test_the_shape_of_the_values_has_to_be_the_models(forecast: Bundle) -> None:
    with pytest.raises(ValueError, match=r"values: expected shape \(200, 2\), one for each timestamp \(features "):
        backtest(TIMES, np.ones(N), model=forecast)
