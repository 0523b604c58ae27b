"""Why: one line in plain words, of nothing but what is known."""

from __future__ import annotations

import math
from typing import Any

import pytest

from stream.detection.facts import Facts
from stream.detection.record import STATISTICS
from stream.detection.transition import Change, Transition
from stream.why import PHRASES, why

WEEK_S = 604_800.0

FACTS = Facts(
    statistic="value",
    size=-13_256.0,
    is_new=True,
    extreme=-1,
    is_absurd=False,
    has_outliers=False,
    memory_s=6 * WEEK_S,
    is_whole_life=True,
    mean_24=17_000.0,
    is_log=False,
    usual=None,
    period="day",
)

OPEN = Transition(
    row=0,
    change=Change.OPEN,
    start_ms=1_404_172_800_000,
    end_ms=None,
    peak_score=2.0,
    direction=-1,
    score=2.0,
    expected=24_083.0,
    lower=21_308.0,
    upper=27_013.0,
    shares=(1.0, 0.0, 0.0, 0.0, 0.0),
    notes=0,
    facts=FACTS,
)


def said(transition: Transition = OPEN, **facts: Any) -> str:
    return why(transition._replace(facts=FACTS._replace(**facts)), 10_844.0)


def phrase(**facts: Any) -> str:
    """Give what is said after the figures."""
    return said(**facts).partition("); ")[2]


def test_it_says_what_was_seen_what_was_expected_and_what_is_unusual() -> None:
    assert said() == "10,844 where 24,100 was expected (band 21,300 to 27,000); lowest in 6 weeks"


def test_the_memory_of_an_old_series_is_at_least_so_long() -> None:
    assert phrase(is_whole_life=False) == "lowest in more than 6 weeks"


def test_an_extreme_is_none_where_outliers_were_left_out() -> None:
    assert phrase(has_outliers=True) == "lowest in 6 weeks, single outliers left out"
    assert phrase(is_absurd=True, extreme=1) == "far above all that was learned in 6 weeks"


def test_a_value_seen_before_is_not_called_new() -> None:
    assert phrase(is_new=False, extreme=0) == ""
    assert phrase(extreme=0) == "a value not seen in 6 weeks"


def test_an_extreme_is_told_whatever_weighs_most() -> None:
    assert phrase(statistic="residual_12", size=3_204.0) == (
        "lowest in 6 weeks; the last 12 forecasts were 3,200 off on average"
    )


def test_what_is_usual_is_said_where_the_profile_is_of_use() -> None:
    assert (
        phrase(extreme=0, is_new=False, usual=23_912.0, period="week")
        == "about 23,900 is usual at this hour of the week"
    )


@pytest.mark.parametrize(
    ("statistic", "size", "words"),
    [
        ("residual_3", -3_204.0, "the last 3 points were 3,200 below expectation on average"),
        ("residual_12", 3_204.0, "the last 12 forecasts were 3,200 off on average"),
        ("level", -4_000.0, "the level has moved from 21,000 to 17,000"),
        ("pair", 0.0, "not seen in 6 weeks while the last 24 points were 17,000 on average"),
    ],
)
def test_each_statistic_has_its_words(statistic: str, size: float, words: str) -> None:
    assert phrase(statistic=statistic, size=size, extreme=0) == words


def test_of_logarithms_nothing_is_said_that_needs_their_figures() -> None:
    assert phrase(statistic="level", is_log=True, extreme=0) == ""
    assert phrase(is_log=True) == "lowest in 6 weeks"


def test_a_rate_is_said_to_be_one() -> None:
    assert why(OPEN, 10_844.0, " a second").startswith("10,844 a second where 24,100 was expected (band")


def test_no_statistic_is_without_words() -> None:
    assert set(STATISTICS) <= set(PHRASES)


@pytest.mark.parametrize(
    ("change", "prefix"), [(Change.WORSE, "worse: "), (Change.AGAIN, "again: "), (Change.LASTING, "still: ")]
)
def test_an_update_says_what_is_new_about_it(change: Change, prefix: str) -> None:
    assert said(OPEN._replace(change=change)).startswith(f"{prefix}10,844 where")


def test_the_all_clear_says_how_long_it_lasted_and_how_bad_it_was() -> None:
    closed = OPEN._replace(change=Change.CLOSE, end_ms=OPEN.start_ms + 9_000_000, peak_score=6.104)
    assert said(closed) == "back inside: 10,844 where 24,100 was expected; lasted 2h30m, highest score 6.1"


def test_a_window_that_was_redrawn_has_no_expected_value() -> None:
    nothing = OPEN._replace(expected=math.nan, lower=math.nan, upper=math.nan, facts=None, score=1.4142)
    assert why(nothing, 0.97) == "the window that ends with 0.97 is redrawn 1.41 times as badly as the cut-off allows"


def test_figures_of_a_narrow_band_can_be_told_apart() -> None:
    narrow = OPEN._replace(expected=100.104, lower=100.051, upper=100.154, facts=None)
    assert why(narrow, 100.2) == "100.2 where 100.1 was expected (band 100.05 to 100.15)"
