"""The calendar: the part of the day and of the week gone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream.detection.calendar import phases, wrapped

DAY_S, WEEK_S = 86_400.0, 604_800.0
YEAR_2100_MS = 4_102_444_800_000


@given(st.integers(0, YEAR_2100_MS))
def test_what_is_gone_of_day_and_week_is_the_exact_remainder(timestamp_ms: int) -> None:
    timestamp_s = timestamp_ms / 1000
    day, week = phases(np.array([timestamp_s]))[:, 0]
    assert (day, week) == (timestamp_s % DAY_S / DAY_S, timestamp_s % WEEK_S / WEEK_S)


def test_midnight_is_the_start_of_a_day() -> None:
    assert phases(np.array([3 * DAY_S]))[:, 0].tolist() == [0, 3 / 7]


def test_hours_go_on_with_the_next_day_and_week() -> None:
    hours = np.array([[23.0, 24.0, 25.0, -1.0], [167.0, 168.0, 169.0, -1.0]])
    assert wrapped(hours).tolist() == [[23, 0, 1, 23], [167, 0, 1, 167]]
