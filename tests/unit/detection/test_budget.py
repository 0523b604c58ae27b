"""The false-alarm budget: from time to points by the series' own interval, and what evidence it asks for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stream.detection.arrays import Float64
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Policy
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.policy.budget import (
    DAY_S,
    FEWEST,
    MOST,
    RECORD_POWER,
    Budget,
    in_points,
    record_threshold,
    strictness,
    tail_threshold,
)
from stream.detection.policy.policy import SeriesPolicy
from tests.unit.detection.streams import Echo


@pytest.mark.parametrize(("interval_s", "points"), [(60, 43_200), (300, 8_640), (3_600, FEWEST), (1, MOST), (0, MOST)])
def test_thirty_days_are_points_of_the_series_own_interval_within_bounds(interval_s: float, points: float) -> None:
    assert in_points(30 * DAY_S, math.nan, np.float32(interval_s)) == pytest.approx(points)


def test_a_budget_in_points_does_not_know_the_interval() -> None:
    assert [in_points(math.nan, points, np.float32(60)) for points in (7_000.0, 10.0)] == [7_000, FEWEST]


def test_what_evidence_a_budget_asks_for_grows_with_it() -> None:
    assert record_threshold(43_200) == pytest.approx(22.4)
    assert record_threshold(5_000) == pytest.approx(16.2, abs=0.1)
    assert tail_threshold(5_000) == tail_threshold(20_000) < tail_threshold(43_200) < tail_threshold(100_000)


def test_a_budget_is_strict_from_where_series_of_five_minutes_have_theirs() -> None:
    assert [strictness(points) for points in (5_000, 8_640, 43_200, 100_000)] == pytest.approx([0, 0, 1, 1])
    assert 0 < strictness(20_000) < 1


def scores_of(series_policy: SeriesPolicy, default: Budget) -> Float64:
    """Score a series of a minute with a jump at the end."""
    detector = ForecastDetector(RecurrentForecaster(Echo()), Policy(warmup=300, false_alarms=default))
    detector.state.grow(1)
    detector.state.set_policies(np.array([0]), [series_policy])
    values = np.append(np.random.default_rng(0).normal(size=400), 30.0)
    times_ms = 1_700_000_000_000 + 60_000 * np.arange(len(values))
    return detector.score(np.zeros(len(values), np.int64), times_ms, values).score


def test_the_budget_of_a_rule_stands_for_the_default_one() -> None:
    strict, loose = Budget(points=43_200), Budget(points=5_000)
    of_rule = scores_of(SeriesPolicy(false_alarms=loose), strict)
    np.testing.assert_array_equal(of_rule, scores_of(SeriesPolicy(), loose))
    assert of_rule[-1] > scores_of(SeriesPolicy(), strict)[-1] * (43_200 / 5_000) ** RECORD_POWER - 1e-6


def test_a_budget_in_time_is_that_in_points_of_a_regular_series() -> None:
    in_time = scores_of(SeriesPolicy(), Budget(period_s=10_000 * 60.0))
    np.testing.assert_allclose(in_time, scores_of(SeriesPolicy(), Budget(points=10_000)), rtol=1e-6)
