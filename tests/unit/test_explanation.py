"""Why: one line in plain words, of nothing but the numbers that alarmed."""

from __future__ import annotations

import math
from typing import Any

import pytest

from stream.detection.episodes.facts import EventFacts
from stream.detection.episodes.transition import Change, Severity, Transition
from stream.detection.evidence.fusion import EVIDENCE
from stream.events.explanation import SENTENCES, explain

WEEK_S = 604_800.0
SUNDAY_NIGHT_S = 1_414_890_000.0

FACTS = EventFacts(
    statistic="value",
    tail=None,
    observed=10_844.0,
    is_clipped=False,
    is_new=True,
    previous=24_000.0,
    n_off=1,
    n_same=1,
    usually_same=2.0,
    interval_s=1_800.0,
    memory_s=6 * WEEK_S,
    is_whole_life=True,
    mean_24=17_000.0,
    is_log=False,
    seasonal_mean=None,
    period="day",
    typical_change=0.0,
    size=3_204.0,
    most=math.nan,
    timestamp_s=SUNDAY_NIGHT_S,
)

OPEN = Transition(
    row=0,
    change=Change.OPEN,
    start_ms=1_404_172_800_000,
    end_ms=None,
    peak_score=2.0,
    severity=Severity.MAJOR,
    peak_severity=Severity.MAJOR,
    direction=-1,
    score=2.0,
    expected=24_083.0,
    lower=21_308.0,
    upper=27_013.0,
    shares=(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    notes=0,
    facts=FACTS,
)


def text(transition: Transition = OPEN, actual: float = 10_844.0, **facts: Any) -> str:
    return explain(transition._replace(facts=FACTS._replace(**facts)), actual)


def without_range(**changes: Any) -> Transition:
    return OPEN._replace(lower=math.nan, upper=math.nan, **changes)


def test_a_value_never_seen_is_held_against_the_range_that_was() -> None:
    assert text() == "dropped from 24,000 to 10,844, below the 21,300 to 27,000 seen in 6 weeks"


def test_a_value_that_came_slowly_did_not_jump() -> None:
    assert text(previous=11_000.0).startswith("10,844 is below the 21,300 to 27,000 seen")


def test_how_long_it_has_been_off_is_said_of_more_than_one_point() -> None:
    assert text(n_off=4).endswith("seen in 6 weeks, for 1h30m")
    assert text(n_off=24).endswith(", for more than 11h30m")


def test_a_young_series_has_a_range_so_far() -> None:
    assert text(memory_s=2 * 86_400.0).endswith("below the 21,300 to 27,000 seen so far (2 days)")


def test_the_memory_of_an_old_series_is_at_least_so_long() -> None:
    assert text(is_whole_life=False).endswith("seen in more than 6 weeks")


def test_a_value_in_a_gap_of_what_was_seen_is_held_against_the_forecast() -> None:
    assert text(without_range(), previous=11_000.0) == "10,844 is 55 % below the 24,100 forecast"


def test_a_small_part_of_what_was_expected_is_not_said_in_percent() -> None:
    near = without_range(direction=1)
    assert text(near, 24_783.0, observed=24_783.0, previous=24_700.0) == "24,783 is 700 above the 24,080 forecast"


def test_a_multiple_of_what_was_expected_is_said_as_one() -> None:
    far = without_range(direction=1)
    sentence = text(far, 250_000.0, observed=250_000.0, previous=240_000.0)
    assert sentence == "250,000 is 10 times the 24,100 forecast"


def test_where_nothing_was_expected_that_is_said() -> None:
    nothing = without_range(direction=1, expected=0.0)
    assert text(nothing, 500.0, observed=500.0, previous=-4e-8) == "jumped from 0 to 500, above the 0 forecast"
    assert text(nothing, 500.0, observed=500.0, previous=490.0) == "500 is above the 0 forecast"


def test_what_lasts_does_not_jump_again() -> None:
    assert text(OPEN._replace(change=Change.REMINDER)).startswith("still: 10,844 is below the 21,300")


def test_what_is_usual_at_this_hour_is_said_where_the_profile_is_of_use() -> None:
    assert text(seasonal_mean=23_912.0, period="week").endswith("; 23,900 is usual on Sundays at 01:00")
    assert text(seasonal_mean=23_912.0).endswith("; 23,900 is usual at 01:00")


def test_what_comes_at_the_wrong_moment_is_held_against_what_is_usual_then() -> None:
    assert text(statistic="moment", n_off=7, seasonal_mean=24_083.0, period="week") == (
        "10,844 is 55 % below the 24,100 usual on Sundays at 01:00, for 3h00m"
    )


def test_a_value_beyond_what_is_usual_is_held_against_the_usual_range() -> None:
    assert text(tail="run_low", previous=11_000.0, n_off=4) == "10,844 is below the usual 21,300 to 27,000, for 1h30m"


def test_a_value_far_from_its_forecast_is_held_against_how_far_off_forecasts_usually_are() -> None:
    off = OPEN._replace(lower=22_883.0, upper=25_283.0)
    assert text(off, tail="forecast_error") == (
        "dropped from 24,000 to 10,844, 55 % below the 24,100 forecast (usually within 1,200)"
    )


def test_three_points_off_are_held_against_the_most_that_three_points_were_off_before() -> None:
    off = OPEN._replace(expected=14_048.0, lower=12_400.0, upper=15_700.0)
    assert text(off, statistic="residual_3") == (
        "the last 3 points were 3,200 below forecast on average, at most 1,650 in 6 weeks (now 10,844)"
    )


def test_a_moved_level_is_held_against_the_one_before() -> None:
    moved = OPEN._replace(expected=21_000.0, lower=19_000.0, upper=22_000.0)
    assert text(moved, statistic="level", observed=17_000.0) == (
        "average 17,000 over the last 12h00m, down from 21,000 (now 10,844)"
    )


def test_what_is_hard_to_forecast_says_how_far_off_forecasts_are_and_were() -> None:
    assert text(without_range(), statistic="residual_12", most=2_100.0) == (
        "forecasts 3,200 off on average for 6h00m, at most 2,100 in 6 weeks (now 10,844, forecast 24,100)"
    )
    assert text(without_range(), statistic="residual_12", is_log=True, size=1.1).startswith(
        "forecasts off by a factor of 3 on average for 6h00m (now"
    )


def test_a_value_unusual_at_its_level_is_said_with_the_level() -> None:
    assert text(without_range(), statistic="pair") == (
        "10,844 is 55 % below the 24,100 forecast, while the last 24 points averaged 17,000"
    )


def test_a_series_that_stands_still_is_stuck() -> None:
    assert text(without_range(), statistic="quiet", n_same=7, typical_change=12.04) == (
        "stuck at 10,844 for 3h00m, usually changes by 12 per point"
    )
    assert text(without_range(), statistic="quiet", n_same=24) == "stuck at 10,844 for 11h30m"
    assert text(without_range(), statistic="quiet", tail="unchanged", n_same=24) == (
        "stuck at 10,844 for 11h30m, usually for no more than 1h00m"
    )
    assert text(without_range(), statistic="quiet", typical_change=12.04) == (
        "changes far less than the usual 12 per point (now 10,844)"
    )


def test_a_rate_is_said_to_be_one() -> None:
    assert explain(OPEN, 10_844.0, " a second").startswith("dropped from 24,000 to 10,844 a second, below")


def test_no_evidence_is_without_a_sentence() -> None:
    assert set(SENTENCES) == set(EVIDENCE)


@pytest.mark.parametrize(
    ("change", "prefix"),
    [
        (Change.ESCALATED, "worse: "),
        (Change.REALERTED, "again: "),
        (Change.DIFFERENT, "and another fault: "),
        (Change.PENDING, "pending: "),
    ],
)
def test_an_update_says_what_is_new_about_it(change: Change, prefix: str) -> None:
    assert text(OPEN._replace(change=change)).startswith(f"{prefix}dropped from 24,000")


def test_the_all_clear_says_how_long_it_lasted_and_how_bad_it_was() -> None:
    closed = OPEN._replace(change=Change.CLOSE, end_ms=OPEN.start_ms + 9_000_000, peak_score=6.104)
    assert text(closed) == "back to normal after 2h30m (now 10,844); highest score 6.1"


def test_what_did_not_last_says_so() -> None:
    passed = OPEN._replace(change=Change.PASSED, end_ms=OPEN.start_ms + 60_000)
    assert text(passed) == "over after 1m00s, too short for an alert (now 10,844)"


def test_a_window_that_was_reconstructed_has_no_expected_value() -> None:
    nothing = without_range(expected=math.nan, facts=None, score=1.4142)
    assert explain(nothing, 0.97) == "reconstruction error 1.41 times the cut-off, in the window that ends with 0.97"


def test_figures_of_a_narrow_range_can_be_told_apart() -> None:
    narrow = OPEN._replace(expected=100.104, lower=100.051, upper=100.154, direction=1)
    assert text(narrow, 100.2, observed=100.2, previous=100.19).startswith("100.2 is above the 100.05 to 100.15 seen")
