"""The climate: what moments usually show, and how far off that is."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection import State, climate
from stream.detection.batch import Batch
from stream.detection.climate import OCTAVE, Climate
from stream.detection.grid import ValueGrid
from tests.unit.detection.described import ALWAYS

BIN = 4.0
HALF = 0.5 ** (1 / (2 * OCTAVE))
"""Half a step of the codes: sizes come back as their nearest neighbour."""


def week(*hours: tuple[int, float], spread: float | None = None) -> State:
    """Know some hours of the week, on bins of width 4 that start at 0."""
    state = State(1)
    state.exponent[0, 0], state.base[0, 0] = 2, 0
    for hour, value in hours:
        state.profile[0, 24 + hour] = round(256 * value / BIN)
        if spread is not None:
            learn(state, 24 + hour, spread)
    return state


def learn(state: State, place: int, size: float, most: float = climate.UNBOUNDED) -> None:
    """Learn a spread or a change of an hour."""
    climate.learn(state, np.array([place]), np.array([size], np.float32), np.array([BIN]), np.array([most]))


def grid(state: State) -> ValueGrid:
    return ValueGrid(np.ldexp(1.0, state.exponent[:, 0]), state.base[:, 0].astype(np.float64))


def at(state: State, hour: float) -> Climate:
    """Look up a moment of the week, in hours from its start."""
    return climate.at(Batch(state, ALWAYS), grid(state), np.array([[hour / 24], [hour / 168]]))


def usual_change(state: State, hour: int) -> float:
    """Look up how much values usually change in an hour of the day."""
    return float(climate.usual_change(Batch(state, ALWAYS), grid(state), np.array([hour]))[0])


def test_an_hour_that_was_never_seen_is_not_known() -> None:
    found = at(week((5, 100.0)), 30.5)
    assert not found.known.any()
    assert not found.spread.any()


def test_the_middle_of_an_hour_shows_its_mean() -> None:
    assert at(week((5, 100.0), (6, 200.0)), 5.5).value[1, 0] == 100


@pytest.mark.parametrize(("hour", "value"), [(5.75, 125), (6.0, 150), (6.25, 175), (6.75, 200), (5.25, 100)])
def test_between_two_hours_values_lie_on_a_line(hour: float, value: float) -> None:
    assert at(week((5, 100.0), (6, 200.0)), hour).value[1, 0] == pytest.approx(value)


def test_the_last_hour_of_the_week_is_beside_its_first() -> None:
    assert at(week((167, 100.0), (0, 200.0)), 167.75).value[1, 0] == pytest.approx(125)


def test_a_spread_is_kept_to_half_a_step() -> None:
    for spread in (1e-4, 0.3, 7.0, 2e3):
        assert HALF <= at(week((5, 100.0), spread=spread), 5.5).spread[1, 0] / spread <= 1 / HALF


def test_the_newest_week_moves_a_spread_by_three_tenths() -> None:
    state = week((5, 100.0), spread=10.0)
    learn(state, 29, 20.0)
    assert HALF**2 <= at(state, 5.5).spread[1, 0] / 13 <= 1 / HALF**2


def test_an_hour_of_which_nothing_was_expected_teaches_no_spread() -> None:
    assert at(week((5, 100.0), spread=-1.0), 5.5).spread[1, 0] == 0


def test_spreads_stay_what_they_are_when_the_grid_moves() -> None:
    state = week((5, 100.0), spread=10.0)
    before = at(state, 5.5).spread[1, 0]
    climate.recode(state, ALWAYS, np.array([7], np.int16))
    state.exponent[0, 0] = 7
    assert at(state, 5.5).spread[1, 0] == before


def test_the_usual_change_is_that_of_its_hour() -> None:
    state = week()
    learn(state, climate.N_CODES + 3, 2.5)
    assert HALF <= usual_change(state, 3) / 2.5 <= 1 / HALF
    assert usual_change(state, 4) == 0


def test_a_change_far_over_the_usual_counts_no_more_than_a_little_more() -> None:
    state = week()
    for change in (2.0, 500.0):
        learn(state, climate.N_CODES + 3, change, climate.LOUDEST)
    assert HALF**2 <= usual_change(state, 3) / 2.3 <= 1 / HALF**2
