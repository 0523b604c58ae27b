"""Who is missed, and after how long: the interval learned, how regular it is, and what a series is used to."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stream.detection.arrays import DAY_SLOTS
from stream.detection.points import timeline
from stream.detection.points.staleness import GAP_FACTOR, MAX_IRREGULARITY, Staleness, is_stale, timeout_s
from stream.detection.policy.policy import SeriesPolicy
from stream.detection.state.detector_state import DetectorState
from tests.unit.detection.by_hand import key_of

SLOT = np.array([0])
MINUTE_S = 60.0
DAY_S, WEEK_S = 86_400.0, 604_800.0
MONDAY_S = 1_700_438_400.0
"""Monday 20 November 2023, 00:00 UTC."""


def key(
    n_points: int = 100, interval_s: float = MINUTE_S, irregularity: float = 0.0, absence_s: float = 0.0
) -> DetectorState:
    """Return the state of one key that has spoken at every hour."""
    state = DetectorState(1)
    state.t[0], state.interval_s[0], state.irregularity[0], state.absence_s[0] = (
        n_points,
        interval_s,
        irregularity,
        absence_s,
    )
    state.timestamp_s[0], state.profile[0] = MONDAY_S, 1
    return state


def patience(state: DetectorState, n_intervals: float = 5) -> float:
    return float(timeout_s(state, SLOT, n_intervals)[0])


def is_missed(state: DetectorState, watermark_s: float, seen_s: float = 0.0) -> bool:
    return bool(is_stale(state, SLOT, watermark_s, np.array([seen_s]), 5)[0])


def arrive(state: DetectorState, gaps_s: list[float], delivery_lag_s: float = 0.0) -> None:
    """Let points come after these gaps."""
    for gap_s in gaps_s:
        now = state.timestamp_s + gap_s
        timeline.update_interval_stats(key_of(state), float(now[0]), delivery_lag_s)
        state.timestamp_s[:] = now


def test_a_regular_series_is_missed_after_so_many_intervals() -> None:
    assert patience(key()) == 5 * MINUTE_S


@pytest.mark.parametrize(("irregularity", "times"), [(0.1, 2), (0.4, 5)])
def test_an_irregular_one_is_waited_for_longer(irregularity: float, times: float) -> None:
    assert patience(key(irregularity=irregularity)) == pytest.approx(times * 5 * MINUTE_S)


@pytest.mark.parametrize("fitful", [key(irregularity=MAX_IRREGULARITY), key(n_points=49), key(interval_s=0.0)])
def test_one_that_comes_and_goes_or_is_hardly_known_is_never_missed(fitful: DetectorState) -> None:
    assert patience(fitful) == math.inf


def test_times_drawn_at_random_are_fitful() -> None:
    state = key()
    arrive(state, np.random.default_rng(0).exponential(MINUTE_S, 500).tolist())
    assert state.irregularity[0] > MAX_IRREGULARITY


def test_a_rule_decides_before_the_settings_and_0_is_never() -> None:
    state = key()
    state.set_policies(SLOT, [SeriesPolicy(silent_after=20.0)])
    assert patience(state) == 20 * MINUTE_S
    state.set_policies(SLOT, [SeriesPolicy(silent_after=0.0)])
    assert patience(state) == math.inf
    assert patience(key(), n_intervals=0) == math.inf


def test_a_break_that_comes_every_hour_is_no_news_from_the_sixth_on() -> None:
    state, breaks_s = key(), 51 * MINUTE_S
    missed = []
    for _ in range(8):
        missed.append(is_missed(state, state.timestamp_s[0] + breaks_s))
        arrive(state, [breaks_s] + [MINUTE_S] * 9)
    assert missed == [True] * 5 + [False] * 3


def test_one_long_break_makes_the_next_one_wait_less_than_that() -> None:
    state = key()
    arrive(state, [8 * 3600.0])
    assert 5 * MINUTE_S < patience(state) < 4 * 3600
    arrive(state, [MINUTE_S] * 3000)
    assert patience(state) == pytest.approx(5 * MINUTE_S, rel=0.3)


def test_a_break_in_a_maintenance_is_no_habit() -> None:
    state = key()
    state.notes[0] = timeline.NOTE_MAINTENANCE
    arrive(state, [8 * 3600.0])
    assert state.absence_s[0] == 0


def test_points_that_come_an_hour_at_a_time_are_not_missed_between_two_messages() -> None:
    state = key()
    for delivery_lag_s in np.arange(59, -1, -1) * MINUTE_S:
        arrive(state, [MINUTE_S], delivery_lag_s)
    assert patience(state) > GAP_FACTOR * 50 * MINUTE_S


def test_it_counts_from_when_it_was_heard_however_old_its_points_are() -> None:
    assert is_missed(key(), MONDAY_S + DAY_S)
    assert not is_missed(key(), MONDAY_S + DAY_S, seen_s=MONDAY_S + DAY_S - 4 * MINUTE_S)


def test_a_silent_key_is_not_missed_again() -> None:
    state = key()
    state.silence[0] = Staleness.NOTIFIED
    assert not is_missed(state, MONDAY_S + DAY_S)


def office(age_s: float) -> DetectorState:
    """Return a key that has spoken from 8 to 18 h on weekdays, so old."""
    state = key()
    state.rotation_s[0] = state.timestamp_s[0] - age_s
    hours = np.arange(168)
    state.profile[0] = 0
    state.profile[0, 8:18] = 1
    # The profile's week begins on a Thursday.
    weekday = (hours // 24 + 3) % 7
    state.profile[0, DAY_SLOTS:] = (weekday < 5) & (hours % 24 >= 8) & (hours % 24 < 18)
    return state


@pytest.mark.parametrize(
    ("hour", "missed"), [(12, True), (17.9, True), (20, False), (32.05, False), (32.2, True), (5 * 24 + 12, False)]
)
def test_a_series_of_office_hours_is_missed_only_in_them(hour: float, missed: bool) -> None:
    assert is_missed(office(3 * WEEK_S), MONDAY_S + hour * 3600) == missed


def test_a_series_younger_than_a_day_is_missed_at_any_hour() -> None:
    assert is_missed(office(3600.0), MONDAY_S + 20 * 3600)


def test_a_series_younger_than_a_week_is_missed_at_hours_that_it_knows_of_another_day() -> None:
    state = office(2 * DAY_S)
    assert is_missed(state, MONDAY_S + 5 * DAY_S + 12 * 3600)
