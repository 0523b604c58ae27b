"""Figures are written as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.events.text import digits_for, format_duration, format_number, format_span, format_time, format_value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (24_083.6, "24,100"),
        (-1.5, "-1.5"),
        (0.82, "0.82"),
        (97.0, "97"),
        (99.96, "100"),
        (0.000_123_4, "0.000123"),
        (1.2e-6, "1.2e-6"),
        (999_999_999.0, "1e9"),
        (1e12, "1e12"),
        (-2.346e18, "-2.35e18"),
    ],
)
def test_a_figure_has_three_digits_commas_and_an_exponent_only_where_it_would_be_long(
    value: float, written: str
) -> None:
    assert format_number(value, 3) == written


@given(st.floats(-1e18, 1e18), st.integers(3, 6))
def test_a_figure_is_the_number_to_its_digits(value: float, digits: int) -> None:
    assert float(format_number(value, digits).replace(",", "")) == float(f"{value:.{digits - 1}e}")


@pytest.mark.parametrize(
    ("value", "written"), [(10_844.0, "10,844"), (1_234_567.0, "1,234,567"), (0.123_456_78, "0.123457"), (1e18, "1e18")]
)
def test_a_value_seen_is_written_so_that_it_can_be_looked_up(value: float, written: str) -> None:
    assert format_value(value) == written


@pytest.mark.parametrize(
    ("largest", "width", "digits"), [(27_000, 5_700, 3), (100.2, 0.1, 5), (1e9, 1e-3, 6), (0, 0, 3)]
)
def test_a_narrow_band_takes_more_digits_to_tell_its_ends_apart(largest: float, width: float, digits: int) -> None:
    assert digits_for(largest, width) == digits


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [(0, "0s"), (59_999, "59s"), (60_000, "1m00s"), (5_400_000, "1h30m"), (90_000_000, "1d01h")],
)
def test_a_duration_is_written_in_its_two_largest_units(milliseconds: int, written: str) -> None:
    assert format_duration(milliseconds) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (30, "a minute"),
        (60, "1 minute"),
        (7_199, "119 minutes"),
        (86_400, "24 hours"),
        (13 * 86_400, "13 days"),
        (42 * 86_400, "6 weeks"),
    ],
)
def test_a_span_is_never_written_longer_than_it_is(seconds: float, written: str) -> None:
    assert format_span(seconds) == written


def test_a_moment_is_written_in_utc() -> None:
    assert format_time(1_404_172_859_999) == "01 Jul 00:00"
