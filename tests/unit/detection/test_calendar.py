"""The calendar: the part of the day and of the week gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.detection.kernel.calendar import DAY, N_SLOTS, PERIODS_S, WEEK, hour, phase

YEAR_2100_MS = 4_102_444_800_000
DAY_S = 86_400.0

of_both_periods = pytest.mark.parametrize("period", [DAY, WEEK])


@of_both_periods
@given(timestamp_ms=st.integers(0, YEAR_2100_MS))
def test_what_is_gone_of_day_and_week_is_the_exact_remainder(period: int, timestamp_ms: int) -> None:
    timestamp_s = timestamp_ms / 1000
    assert phase(period, timestamp_s) == timestamp_s % PERIODS_S[period] / PERIODS_S[period]


def test_midnight_is_the_start_of_a_day() -> None:
    assert (phase(DAY, 3 * DAY_S), phase(WEEK, 3 * DAY_S)) == (0, 3 / 7)


@of_both_periods
def test_hours_go_on_with_the_next_day_and_week(period: int) -> None:
    n = N_SLOTS[period]
    assert [hour(period, (n + late) / n) for late in (-1, 0, 1)] == [n - 1, 0, 1]
    assert hour(period, -1 / n) == n - 1


@of_both_periods
def test_an_hour_begins_where_it_is_reached_but_for_rounding(period: int) -> None:
    n = N_SLOTS[period]
    assert [hour(period, at / n) for at in range(n)] == list(range(n))
    assert hour(period, 1 / n - 1e-12) == 1
