"""Severity: what size, rarity and duration make minor, major or critical."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stream.detection.arrays import Float64
from stream.detection.backtest import ScoredSeries, Series, backtest
from stream.detection.episodes.severity import (
    RARE,
    VERY_RARE,
    Deviation,
    is_far_off,
    is_unusual,
    severity,
    severity_of_window,
    size_points,
)
from stream.detection.episodes.transition import Change, Severity, Transition
from stream.detectors import build_detector
from stream.model import Bundle

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
MINOR, MAJOR, CRITICAL = Severity


def deviation(
    value: float,
    usual: float,
    seen: tuple[float, float],
    *,
    largest: float = 0.0,
    seasonal: bool = False,
    stuck: bool = False,
) -> Deviation:
    """Return how far off one value is."""
    lowest, highest = map(float, seen)
    return Deviation(float(value), float(usual), seasonal, largest, lowest, highest, stuck)


def size(value: float, usual: float, seen: tuple[float, float], **more: Any) -> int:
    """Return the points of one value for its size."""
    return size_points(deviation(value, usual, seen, **more))


def unusual(value: float, usual: float, seen: tuple[float, float], **more: Any) -> bool:
    """Return whether one value is unusual by itself."""
    found = deviation(value, usual, seen, **more)
    return is_unusual(found, size_points(found))


def severity_of(
    points: int, score: float = 1.0, lasted_ms: int = 0, interval_ms: float = MINUTE_MS, *, far_off: bool = True
) -> int:
    """Return the severity of one record."""
    return severity(points, far_off, score, lasted_ms, float(interval_ms))


def test_the_next_extreme_of_noise_is_large_and_not_huge() -> None:
    assert size(4.5, 0, (-4, 4)) == 1
    assert size(190, 20, (1, 170)) == 1


def test_a_value_beyond_all_that_was_seen_by_half_of_its_range_is_huge() -> None:
    assert size(8, 0, (-4, 4)) == size(-8, 0, (-4, 4)) == 2
    assert size(7.9, 0, (-4, 4)) == 1


@pytest.mark.parametrize(("value", "points"), [(45, 2), (30, 2), (29, 2), (61, 1), (31, 2), (90, 0)])
def test_what_is_off_for_the_hour_is_huge_within_the_range_that_was_seen(value: float, points: int) -> None:
    assert size(value, 100, (10, 110), seasonal=True) == points


def test_most_of_what_is_usual_at_the_hour_is_huge_from_a_lower_part_of_the_range() -> None:
    assert size(10, 45, (0, 100), seasonal=True) == 2
    assert size(20, 55, (0, 100), seasonal=True) == 1


def test_what_is_off_where_no_hour_is_known_has_to_be_beyond_what_was_seen() -> None:
    assert size(45, 100, (10, 110)) == 1


def test_a_value_lower_than_ever_without_most_of_what_is_usual_is_huge_whatever_the_range() -> None:
    assert size(0, 100, (80, 5000)) == 2
    assert size(40, 100, (80, 5000)) == 0
    assert size(-4.2, 0, (-4, 4)) == 1


def test_a_value_that_has_lost_most_is_huge_again_when_it_comes_for_the_second_time() -> None:
    assert size(1, 100, (1, 110)) == 2
    assert size(1, 40, (1, 110)) == 1
    assert size(100, 20, (1, 110)) == 1


def test_a_small_part_of_the_range_has_no_points() -> None:
    assert size(91.5, 88, (60, 98)) == 0


def test_the_largest_deviation_that_any_evidence_knows_counts_as_well() -> None:
    assert size(50, 50, (0, 100), largest=20.0) == 1


def test_a_series_that_is_stuck_is_large_and_huge_if_it_is_stuck_far_off() -> None:
    assert size(50, 50, (0, 100), stuck=True) == 1
    assert size(5, 80, (0, 100), seasonal=True, stuck=True) == 2


def test_a_series_that_was_constant_is_huge_once_it_is_not() -> None:
    assert size(7.1, 7, (7, 7)) == 2
    assert size(7, 7, (7, 7)) == 0


@pytest.mark.parametrize(
    ("points", "score", "expected"),
    [
        *((0, 1.0, MINOR), (1, 1.0, MINOR), (2, 1.0, MAJOR)),
        *((0, RARE, MINOR), (1, RARE, MAJOR), (2, RARE, MAJOR)),
        *((0, VERY_RARE, MAJOR), (1, VERY_RARE, MAJOR), (2, VERY_RARE, CRITICAL)),
    ],
)
def test_a_point_by_itself_is_critical_only_if_it_is_huge_and_very_rare(
    points: int, score: float, expected: Severity
) -> None:
    assert severity_of(points, score) == expected


@pytest.mark.parametrize(("points", "expected"), [(0, MINOR), (1, MAJOR), (2, CRITICAL)])
def test_what_is_large_is_one_step_worse_after_an_hour(points: int, expected: Severity) -> None:
    assert severity_of(points, lasted_ms=HOUR_MS) == expected
    assert severity_of(points, lasted_ms=HOUR_MS - 1) == severity_of(points)


def test_what_is_large_by_its_past_alone_does_not_get_worse_with_time() -> None:
    assert severity_of(1, lasted_ms=HOUR_MS, far_off=False) == MINOR


def test_a_value_in_the_range_is_far_off_from_three_tenths_of_it() -> None:
    found = deviation(80, 50, (0, 100)), deviation(79, 50, (0, 100)), deviation(7, 7, (7, 7))
    assert [is_far_off(each, False) for each in found] == [True, False, False]


def test_a_value_is_unusual_by_itself_outside_of_the_range_or_where_it_is_huge() -> None:
    assert unusual(101, 99, (0, 100), largest=40.0)
    assert not unusual(100, 50, (0, 100), largest=40.0)
    assert unusual(45, 100, (10, 110), seasonal=True)
    assert unusual(50, 50, (0, 100), stuck=True)


def test_what_single_precision_adds_to_an_end_of_the_range_is_not_outside() -> None:
    assert not unusual(100, 50, (0, float(np.nextafter(np.float32(100), np.float32(0)))))


def test_a_slow_series_has_to_last_for_12_intervals() -> None:
    assert severity_of(1, lasted_ms=11 * HOUR_MS, interval_ms=HOUR_MS) == MINOR
    assert severity_of(1, lasted_ms=12 * HOUR_MS, interval_ms=HOUR_MS) == MAJOR


def test_a_window_has_the_severity_of_its_score() -> None:
    found = [severity_of_window(score) for score in (1.0, 1.9, 2.0, 3.9, 4.0)]
    assert found == [MINOR, MINOR, MAJOR, MAJOR, CRITICAL]


N_POINTS, FAULT, INTERVAL_MS = 3_600, 3_000, 5 * MINUTE_MS
DRAWN = np.random.default_rng(3)
NOISE = 100 + 5 * DRAWN.normal(size=N_POINTS)
TIMES_MS = 1_767_571_200_000 + INTERVAL_MS * np.arange(N_POINTS, dtype=np.int64)


def faulty(outage: float, n_points: int, earlier: bool = False) -> Series:
    """Draw noise that becomes another value, for the first time or for the second."""
    values: Float64 = NOISE.copy()
    values[FAULT : FAULT + n_points] = outage + 0.1 * DRAWN.normal(size=n_points)
    if earlier:
        values[1_000:1_006] = outage
    return Series(TIMES_MS, values)


RELAPSE = FAULT + 36


def relapsing() -> Series:
    """Draw noise with two points of another value, and nine more three hours later."""
    values: Float64 = NOISE.copy()
    values[FAULT : FAULT + 2] = 124.0
    values[RELAPSE : RELAPSE + 9] = 126.0 + 0.5 * np.random.default_rng(0).normal(size=9)
    return Series(TIMES_MS, values)


LASTS = 12


def short(value: float) -> Series:
    """Draw noise with an hour of another value."""
    values: Float64 = NOISE.copy()
    values[FAULT : FAULT + LASTS] = value + 2 * np.random.default_rng(0).normal(size=LASTS)
    return Series(TIMES_MS, values)


FAULTS = {
    "drop": faulty(1.0, 72),
    "known drop": faulty(1.0, 72, earlier=True),
    "small": faulty(124.0, 1),
    "relapse": relapsing(),
    "an hour": short(118.0),
    "a worse hour": short(124.0),
}


@pytest.fixture(scope="module")
def scored() -> dict[str, ScoredSeries]:
    """Score the series with a fault side by side."""
    found = backtest(build_detector(Bundle.default()), list(FAULTS.values()))
    return dict(zip(FAULTS, found, strict=True))


def events(scored: ScoredSeries) -> list[Transition]:
    """Return the events of the fault, but for its close."""
    return [each for each in scored.transitions if each.row >= FAULT and each.change != Change.CLOSE]


@pytest.mark.parametrize("fault", ["drop", "known drop"])
def test_no_update_of_a_series_that_stays_down_is_minor(scored: dict[str, ScoredSeries], fault: str) -> None:
    found = events(scored[fault])
    updates = [each for each in found if each.row > FAULT + 12]
    assert updates
    assert min(each.severity for each in updates) >= MAJOR
    assert updates[-1].peak_severity == CRITICAL


def test_one_point_of_18_percent_is_minor(scored: dict[str, ScoredSeries]) -> None:
    assert max((each.severity for each in events(scored["small"])), default=MINOR) == MINOR


@pytest.mark.parametrize("fault", ["an hour", "a worse hour"])
def test_nothing_gets_worse_or_lasts_after_the_value_is_back(scored: dict[str, ScoredSeries], fault: str) -> None:
    found = events(scored[fault])
    assert [each.change for each in found] == [Change.OPEN, Change.ESCALATED]
    assert found[-1].row < FAULT + LASTS
    assert (scored[fault].score[FAULT + LASTS :][:12] > 1).any()


def test_the_calm_before_a_relapse_is_no_time_that_it_has_lasted(scored: dict[str, ScoredSeries]) -> None:
    found = events(scored["relapse"])
    relapse = [each for each in found if RELAPSE <= each.row < RELAPSE + 12]
    assert [each.change for each in relapse] == [Change.REALERTED, Change.ESCALATED]
    assert relapse[0].severity == MINOR
    assert relapse[1].score >= RARE
