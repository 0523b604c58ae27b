"""Episodes of a series against its labelled windows."""

from __future__ import annotations

import numpy as np

from benchmarks.harness.incidents import Incident, histogram, incidents, per_window
from stream.detection.episodes.transition import Change, Severity, Transition

MINUTE_MS = 60_000
TIMES_MS = MINUTE_MS * np.arange(100, dtype=np.int64)


def transition(row: int, change: Change, end: int | None = None) -> Transition:
    """Make a change at a row; of a close, `end` is the first row that was back inside."""
    end_ms = None if end is None else end * MINUTE_MS
    return Transition(row, change, 0, end_ms, 1.0, Severity.MINOR, Severity.MINOR, 1, 1.0, 0.0, 0.0, 0.0, (), 0)


def test_an_episode_lasts_to_the_last_row_before_it_was_back_inside() -> None:
    events = [transition(10, Change.OPEN), transition(12, Change.ESCALATED), transition(39, Change.CLOSE, end=16)]
    assert incidents(events, TIMES_MS) == [Incident(10, 15, 3, 23 * MINUTE_MS)]


def test_one_that_is_open_at_the_end_lasts_to_the_last_row() -> None:
    events = [transition(10, Change.OPEN), transition(39, Change.CLOSE, end=16), transition(90, Change.OPEN)]
    assert incidents(events, TIMES_MS)[1] == Incident(90, 99, 1, None)


def test_a_window_has_the_episodes_that_touch_it() -> None:
    found = [Incident(10, 15, 3, 0), Incident(20, 20, 1, 0), Incident(90, 99, 1, None)]
    assert per_window(found, np.array([[15, 20], [16, 19], [99, 99]])) == [2, 0, 1]
    assert histogram([2, 0, 1, 1]) == {0: 1, 1: 2, 2: 1}
