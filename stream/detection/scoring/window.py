"""Adds points to the windows of a windowed model."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from stream.detection.arrays import Float64, Int64, Records
from stream.detection.compiler.entry_point import entry_point
from stream.detection.compiler.stage import compiled
from stream.detection.episodes.calm import BOUNDARY, Phased, is_moving
from stream.detection.episodes.verdict import Outcome
from stream.detection.points import timeline
from stream.detection.points.timeline import FIRST_GAP, LASTING_NOTES, Timeline
from stream.detection.scoring.batch import Needs
from stream.detection.scoring.order import is_in_order
from stream.detection.scoring.rows import Point, Result

NOTHING, FORECAST, REVIEW = Needs.NOTHING.value, Needs.FORECAST.value, Needs.REVIEW.value
FILLING = Outcome.FILLING.value


class WindowKey(Timeline, Phased, Protocol):
    """The record of a key as compiled code sees it, but for its window."""


@entry_point
def fill(
    keys: Records,
    runs: Records,
    points: Records,
    results: Records,
    values: Float64,
    timestamps_ms: Int64,
    history: Float64,
    history_ms: Int64,
    stride: int,
) -> None:
    """Put the points of every key into its window, up to one that ends a window to be judged or has an episode to move.

    Parameters
    ----------
    keys : structured array, shape (capacity,)
        Of a `WindowState`.
    runs, points, results
        Of a `Batch`.
    values : float64, shape (points, features)
    timestamps_ms : int64, shape (points,)
    history, history_ms : shape (capacity, window, features) and (capacity, window)
        Of the state.
    stride : int
        Points from the end of one window that is judged to the end of the next.
    """
    window = history.shape[1]
    for at in range(len(runs)):
        run = runs[at]
        key = keys[run.slot]
        if run.needs == FORECAST:
            score = results[run.next].score
            if is_moving(key, score >= BOUNDARY, score):
                run.needs = REVIEW
                continue
        if run.needs != NOTHING:
            key.notes &= LASTING_NOTES
            run.next, run.needs = run.next + 1, NOTHING
        while run.next < run.end:
            row = run.next
            if is_in_order(key, points[row], results[row]):
                place = int(key.t) % window
                for feature in range(values.shape[1]):
                    history[run.slot, place, feature] = values[row, feature]
                history_ms[run.slot, place] = timestamps_ms[row]
                n_seen = _learn(key, points[row], results[row])
                if n_seen >= window and (n_seen - window) % stride == 0:
                    run.needs = FORECAST
                    break
            run.next = row + 1


@compiled
def _learn(key: WindowKey, point: Point, result: Result) -> int:
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
