"""Adds points to the windows of a windowed model."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64, Records
from stream.detection.compiler.entry_point import entry_point
from stream.detection.compiler.stage import compiled
from stream.detection.episodes.calm import BOUNDARY, OPEN, is_moving
from stream.detection.episodes.comparison import AnomalyKind
from stream.detection.episodes.episode import advance, record_closed
from stream.detection.episodes.history import published_change
from stream.detection.episodes.severity import severity_of_window
from stream.detection.episodes.timing import EpisodeConfig, EpisodeInput, RecoveryState
from stream.detection.episodes.transition import Change
from stream.detection.episodes.verdict import Outcome
from stream.detection.points import timeline
from stream.detection.points.timeline import FIRST_GAP, LASTING_NOTES
from stream.detection.policy.policy import SeriesPolicyRow
from stream.detection.policy.suppression import Suppression, suppression_reason
from stream.detection.scoring.batch import Needs
from stream.detection.scoring.order import is_in_order
from stream.detection.scoring.rows import Point, Result
from stream.detection.state.key_fields import KeyCells

NOTHING, FORECAST, EVENT = Needs.NOTHING.value, Needs.FORECAST.value, Needs.EVENT.value
UNCHANGED = Change.NONE.value

FILLING = Outcome.FILLING.value


class Windows(NamedTuple):
    """The state of keys whose windows are scored."""

    keys: Records
    """Of a `WindowState`, shape (capacity,)."""
    policies: Records
    history: Float64
    """Shape (capacity, window, features)."""
    history_ms: Int64
    """Shape (capacity, window)."""


class FilledRows(NamedTuple):
    """The rows of a batch."""

    runs: Records
    points: Records
    results: Records
    values: Float64
    """Shape (points, features)."""
    timestamps_ms: Int64
    above: Bool
    """Whether the window that ends with a point is above what was expected."""


@entry_point
def fill(windows: Windows, rows: FilledRows, n_suppressed: Int64, stride: int, config: EpisodeConfig) -> None:
    """Fill every key's window.

    It goes on to a point that ends a window to be judged, or has an event.

    Parameters
    ----------
    n_suppressed : int64, shape (4,)
        Of the `Batch`.
    stride : int
        Points from the end of one window that is judged to the end of the next.
    """
    length = windows.history.shape[1]
    for at in range(len(rows.runs)):
        run = rows.runs[at]
        key = windows.keys[run.slot]
        if run.needs == FORECAST:
            policy, result = windows.policies[run.series_policy], rows.results[run.next]
            if is_moving(key, result.score >= BOUNDARY, result.score) and _move_episode(
                key, policy, _examine(policy, rows, run.next), config, result, n_suppressed
            ):
                run.needs = EVENT
                continue
        if run.needs != NOTHING:
            key.notes &= LASTING_NOTES
            run.next, run.needs = run.next + 1, NOTHING
        while run.next < run.end:
            row = run.next
            if is_in_order(key, rows.points[row], rows.results[row]):
                n_seen = _append(windows, key, run.slot, rows, row)
                if n_seen >= length and (n_seen - length) % stride == 0:
                    run.needs = FORECAST
                    break
            run.next = row + 1


@compiled
def _append(windows: Windows, key: KeyCells, slot: int, rows: FilledRows, row: int) -> int:
    """Put a point into the window of its key, and count it."""
    place = int(key.t) % windows.history.shape[1]
    for feature in range(rows.values.shape[1]):
        windows.history[slot, place, feature] = rows.values[row, feature]
    windows.history_ms[slot, place] = rows.timestamps_ms[row]
    return _learn(key, rows.points[row], rows.results[row])


@compiled
def _learn(key: KeyCells, point: Point, result: Result) -> int:
    """Learn how a key's points come, and count them."""
    if key.t == 0:
        key.timestamp_s = point.timestamp_s
    result.n_missing = timeline.missing(key, point.timestamp_s)
    timeline.update_interval_stats(key, point.timestamp_s, point.delivery_lag_s)
    gap_s = np.float32(point.timestamp_s - key.timestamp_s)
    key.interval_s = timeline.updated_interval(key.interval_s, gap_s) if key.t > FIRST_GAP else gap_s
    key.timestamp_s, key.t = point.timestamp_s, np.uint32(key.t + 1)
    result.outcome = np.uint8(FILLING)
    return int(key.t)


@compiled
def _move_episode(
    key: KeyCells,
    policy: SeriesPolicyRow,
    seen: EpisodeInput,
    config: EpisodeConfig,
    result: Result,
    n_suppressed: Int64,
) -> bool:
    """Move an episode by a window; return whether to publish."""
    was_open = key.episode_phase == OPEN
    moved = advance(key, policy, seen, config)
    change = published_change(key, seen.now_ms, moved.change, was_open)
    n_suppressed[moved.suppression] += 1
    is_expected = key.episode_held == Suppression.EXPECTED.value
    if change in (Change.CLOSE.value, Change.PASSED.value):
        record_closed(key)
    if is_expected or change == UNCHANGED:
        return False
    result.change, result.severity = np.uint8(change), np.uint8(seen.severity)
    return True


@compiled
def _examine(policy: SeriesPolicyRow, rows: FilledRows, row: int) -> EpisodeInput:
    """Find what a window means for the episode of its key."""
    score, above = rows.results[row].score, bool(rows.above[row])
    kind = AnomalyKind.ABOVE.value if above else AnomalyKind.BELOW.value
    held = suppression_reason(policy, above, kind, int(rows.points[row].expected_kinds), math.inf, 0.0)
    severity, place = severity_of_window(score), RecoveryState(False, False, False, True)
    return EpisodeInput(
        rows.timestamps_ms[row], score, score >= BOUNDARY, above, kind, held, severity, True, place, False
    )
