"""The profile: what an hour of the day and of the week usually shows, and what it makes of an exception."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import Float64
from stream.detection.detector import ForecastDetector
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.kernel.calendar import DAY, WEEK, phase
from stream.detection.kernel.grid import value_grid
from stream.detection.scoring.scorer import AnomalyScorer
from stream.detection.seasonal import hourly
from stream.model import Bundle
from tests.unit.detection.by_hand import key_of
from tests.unit.detection.streams import Echo

HOUR_S, DAY_S = 3600.0, 86_400.0
MONDAY_S = 1_704_067_200.0
INTERVAL_S = 900.0
A_DAY = round(DAY_S / INTERVAL_S)
NOON = 12
USUAL, NOISE, BURST = 100.0, 1.0, 120.0


def days(n: int) -> Float64:
    """Draw days of noise; shape (n, records a day)."""
    return np.random.default_rng(3).normal(USUAL, NOISE, (n, A_DAY))


def noon_of(values: Float64, day: int) -> Float64:
    """Return the records of the hour after noon, to be changed."""
    first = NOON * A_DAY // 24
    return values[day, first : first + A_DAY // 24]


def expected_at_noon(values: Float64, period: int) -> float:
    """Learn these days from a Monday on; say what is usual at half past noon of the day after them."""
    detector = AnomalyScorer(RecurrentForecaster(Echo()), capacity=1)
    for at, value in enumerate(values.ravel()):
        detector.score(np.array([0]), np.array([MONDAY_S + at * INTERVAL_S]), np.array([value]))
    key, noon_s = key_of(detector.state), MONDAY_S + len(values) * DAY_S + (NOON + 0.5) * HOUR_S
    usual = hourly.lookup(key, value_grid(key), period, phase(period, noon_s))
    assert usual.known
    return float(usual.value) + key.x0


def test_the_day_after_a_burst_the_usual_is_expected() -> None:
    values = days(10)
    noon_of(values, 9)[:] = BURST
    assert expected_at_noon(values, DAY) == pytest.approx(USUAL, abs=5 * NOISE)


def test_in_the_second_week_all_that_is_known_of_an_hour_is_the_first() -> None:
    values = days(10)
    noon_of(values, 3)[:] = BURST
    assert expected_at_noon(values, WEEK) == pytest.approx(BURST, abs=5 * NOISE)


@pytest.mark.parametrize("day", [3, 10])
def test_a_burst_of_the_first_or_second_week_is_not_expected_in_the_third(day: int) -> None:
    values = days(17)
    noon_of(values, day)[:] = BURST
    assert expected_at_noon(values, WEEK) == pytest.approx(USUAL, abs=5 * NOISE)


def test_a_weekend_is_known_after_the_first_one() -> None:
    values = days(12)
    values[5:7] = values[5:7] - 60
    assert expected_at_noon(values, WEEK) == pytest.approx(USUAL - 60, abs=5 * NOISE)


def test_an_hour_that_has_changed_for_good_is_followed_within_days() -> None:
    values = days(16)
    for day in range(10, 16):
        noon_of(values, day)[:] += 50
    assert expected_at_noon(values, DAY) == pytest.approx(USUAL + 50, abs=5)


def test_a_burst_of_the_first_week_has_no_echo_in_the_second() -> None:
    """A daily load in five minutes, three times as high for 50 minutes of its fourth day: one episode, at the burst."""
    t = np.arange(12 * 288)
    values = 100 + 40 * np.sin(2 * np.pi * t / 288) + np.random.default_rng(1).normal(0, 3, len(t))
    burst = 3 * 288 + 50 + np.arange(10)
    values[burst] *= 3
    detector = ForecastDetector(RecurrentForecaster(Bundle.default().forecaster()))
    times_ms = (1000 * (MONDAY_S + 300 * t)).astype(np.int64)
    verdicts = detector.score(np.zeros(len(t), np.int64), times_ms, values)
    rows = {change.row for change in verdicts.transitions}
    assert min(rows) in burst
    assert max(rows) < burst[-1] + 288
