"""The climate: what moments usually show, and how far off that is."""

from __future__ import annotations

import math

import pytest

from stream.detection.kernel.calendar import DAY, N_SLOTS, WEEK
from stream.detection.kernel.grid import value_grid
from stream.detection.seasonal import hourly
from stream.detection.seasonal.hourly import FIRST_CHANGE, FIRST_SLOT, LOUDEST, OCTAVE, HourlyBaseline
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.key import Key
from tests.unit.detection.by_hand import key_of

BIN = 4.0
HALF = 0.5 ** (1 / (2 * OCTAVE))
"""Half a step of the codes: sizes come back as their nearest neighbour."""


def week(*hours: tuple[int, float], spread: float | None = None) -> Key:
    """Know some hours of the week, on bins of width 4 that start at 0."""
    state = DetectorState(1)
    state.exponent[0, 0], state.base[0, 0] = 2, 0
    key = key_of(state)
    for hour, value in hours:
        key.profile[FIRST_SLOT[WEEK] + hour] = round(256 * value / BIN)
        if spread is not None:
            learn(key, FIRST_SLOT[WEEK] + hour, spread)
    return key


def learn(key: Key, place: int, size: float, most: float = math.inf) -> None:
    """Learn a spread or a change of an hour."""
    hourly.learn(key, value_grid(key), place, size, most)


def at(key: Key, hour: float, period: int = WEEK) -> HourlyBaseline:
    """Look up a moment of the week or of the day, in hours from its start."""
    return hourly.lookup(key, value_grid(key), period, hour / N_SLOTS[period])


def usual_change(key: Key, hour: int) -> float:
    """Look up how much values usually change in an hour of the day."""
    return float(hourly.typical_change(key, value_grid(key), hour))


def test_an_hour_that_was_never_seen_is_not_known() -> None:
    key = week((5, 100.0))
    for found in (at(key, 30.5), at(key, 5.5, DAY)):
        assert not found.known
        assert found.spread == 0


def test_the_middle_of_an_hour_shows_its_mean() -> None:
    assert at(week((5, 100.0), (6, 200.0)), 5.5).value == 100


@pytest.mark.parametrize(("hour", "value"), [(5.75, 125), (6.0, 150), (6.25, 175), (6.75, 200), (5.25, 100)])
def test_between_two_hours_values_lie_on_a_line(hour: float, value: float) -> None:
    assert at(week((5, 100.0), (6, 200.0)), hour).value == pytest.approx(value)


def test_the_last_hour_of_the_week_is_beside_its_first() -> None:
    assert at(week((167, 100.0), (0, 200.0)), 167.75).value == pytest.approx(125)


def test_a_spread_is_kept_to_half_a_step() -> None:
    for spread in (1e-4, 0.3, 7.0, 2e3):
        assert HALF <= at(week((5, 100.0), spread=spread), 5.5).spread / spread <= 1 / HALF


def test_the_newest_week_moves_a_spread_by_three_tenths() -> None:
    key = week((5, 100.0), spread=10.0)
    learn(key, FIRST_SLOT[WEEK] + 5, 20.0)
    assert HALF**2 <= at(key, 5.5).spread / 13 <= 1 / HALF**2


def test_an_hour_of_which_nothing_was_expected_teaches_no_spread() -> None:
    assert at(week((5, 100.0), spread=-1.0), 5.5).spread == 0


def test_spreads_stay_what_they_are_when_the_grid_moves() -> None:
    key = week((5, 100.0), spread=10.0)
    before = at(key, 5.5).spread
    hourly.recode(key, 7)
    key.exponent[0] = 7
    assert at(key, 5.5).spread == before


def test_the_usual_change_is_that_of_its_hour() -> None:
    key = week()
    learn(key, FIRST_CHANGE + 3, 2.5)
    assert HALF <= usual_change(key, 3) / 2.5 <= 1 / HALF
    assert usual_change(key, 4) == 0


def test_a_change_far_over_the_usual_counts_no_more_than_a_little_more() -> None:
    key = week()
    for change in (2.0, 500.0):
        learn(key, FIRST_CHANGE + 3, change, LOUDEST)
    assert HALF**2 <= usual_change(key, 3) / 2.3 <= 1 / HALF**2
