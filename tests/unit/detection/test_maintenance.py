"""Windows of maintenance: which moments lie in one, and what becomes of the points in it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.detection.episodes.transition import Change
from stream.detection.episodes.verdict import Outcome
from stream.detection.policy.maintenance import Maintenance, OneOffWindow, WeeklyWindow, Window
from stream.detection.policy.policy import SeriesPolicy
from tests.unit.detection.test_forecast_detector import make_detector, pattern, run, times_ms

NIGHT = WeeklyWindow((5, 6), time(22), time(4, 30), "Europe/Berlin")
HOUR_MS = 3_600_000


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def covers(moment: str, *windows: Window) -> bool:
    return bool(Maintenance(windows).covers(np.array([ms(moment)]))[0])


@pytest.mark.parametrize(
    ("moment", "within"),
    [
        ("2026-11-28T21:59:59+01:00", False),
        ("2026-11-28T22:00:00+01:00", True),
        ("2026-11-29T04:29:59+01:00", True),
        ("2026-11-29T04:30:00+01:00", False),
        ("2026-11-30T01:00:00+01:00", True),
        ("2026-11-30T23:00:00+01:00", False),
        ("2026-07-04T20:00:00+00:00", True),
        ("2026-07-04T19:59:59+00:00", False),
    ],
)
def test_a_weekly_window_goes_by_the_clocks_of_its_zone_over_midnight_and_in_summer(moment: str, within: bool) -> None:
    assert covers(moment, NIGHT) == within


def test_a_window_that_comes_once_holds_its_first_moment_and_not_its_last() -> None:
    once = OneOffWindow(ms("2026-11-28T10:00:00Z"), ms("2026-11-28T11:00:00Z"))
    assert [covers(f"2026-11-28T{clock}Z", once) for clock in ("09:59:59", "10:00:00", "11:00:00")] == [
        False,
        True,
        False,
    ]


def test_windows_that_overlap_are_one() -> None:
    day = OneOffWindow(ms("2026-11-28T00:00:00Z"), ms("2026-11-29T00:00:00Z"))
    hour = OneOffWindow(ms("2026-11-28T10:00:00Z"), ms("2026-11-28T11:00:00Z"))
    assert covers("2026-11-28T12:00:00Z", day, hour)


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_a_moment_has_the_same_answer_whatever_was_asked_before(first_h: int, second_h: int) -> None:
    asked = Maintenance((NIGHT,))
    asked.covers(np.array([first_h * HOUR_MS]))
    local = datetime.fromtimestamp(second_h * 3600, UTC).astimezone(ZoneInfo("Europe/Berlin"))
    evening, morning = local.time() >= NIGHT.start, local.time() < NIGHT.end
    expected = (evening and local.weekday() in (5, 6)) or (morning and local.weekday() in (6, 0))
    assert asked.covers(np.array([second_h * HOUR_MS]))[0] == expected


def test_points_in_a_maintenance_are_neither_judged_nor_learned() -> None:
    detector = make_detector()
    detector.state.set_policies(
        np.array([0]), [SeriesPolicy(maintenance=(OneOffWindow(times_ms(1, 300)[0], times_ms(1, 340)[0]),))]
    )
    values = pattern(400)
    values[300:340] = 1e6
    verdicts = run(detector, times_ms(400), values)
    assert set(verdicts.outcome[300:340]) == {Outcome.MAINTENANCE}
    assert np.isnan(verdicts.score[300:340]).all()
    assert detector.state.t[0] == 360
    assert detector.state.high[0, 0] < 100
    assert verdicts.transitions == []
    assert detector.state.outliers[0] == 1


def test_after_a_maintenance_it_is_as_after_a_gap() -> None:
    detector = make_detector()
    detector.state.set_policies(
        np.array([0]), [SeriesPolicy(maintenance=(OneOffWindow(times_ms(1, 300)[0], times_ms(1, 340)[0]),))]
    )
    verdicts = run(detector, times_ms(400), pattern(400))
    assert list(verdicts.outcome[340:]) == [Outcome.WARMING] * 24 + [Outcome.NORMAL] * 36


def test_an_episode_waits_for_the_end_of_a_maintenance() -> None:
    detector = make_detector()
    detector.state.set_policies(
        np.array([0]), [SeriesPolicy(maintenance=(OneOffWindow(times_ms(1, 305)[0], times_ms(1, 340)[0]),))]
    )
    values = pattern(440)
    values[300:340] = 400
    opened, *_, closed = run(detector, times_ms(440), values).transitions
    assert (opened.change, closed.change) == (Change.OPEN, Change.CLOSE)
    assert closed.row > 340 + 24
