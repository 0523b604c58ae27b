"""Arrival of a point: its order, its transform, and the gap before it."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.episodes.verdict import Outcome
from stream.detection.points import counters, timeline, transform
from stream.detection.points.timeline import NOTE_RESET
from stream.detection.policy.policy import Transform
from stream.detection.scoring.batch import Needs
from stream.detection.scoring.order import is_in_order
from stream.detection.scoring.rows import Point, Result
from stream.detection.state.key import Key

NOTHING, TRANSFORM, FILLING = Needs.NOTHING.value, Needs.TRANSFORM.value, Needs.FILLING.value

PUT_ASIDE: Final = -1
"""A point that is not scored: a duplicate, late, in maintenance, or without a value."""

RESET: Final = np.uint8(NOTE_RESET)


@compiled
def arrive(key: Key, may_count: bool, max_fill: int, rewarm: int, needs: int, point: Point, result: Result) -> int:
    """Prepare a point for scoring, or put it aside.

    Parameters
    ----------
    may_count : bool
        Whether a series that proves to be a counter is scored by its rate.
    max_fill, rewarm
        Of a `Policy`.
    needs : int
        What its key stopped for before.

    Returns
    -------
    int
        What its key `Needs` next, or `PUT_ASIDE`.
    """
    if point.is_prepared:
        result.analysed = point.value
        return NOTHING
    if needs == NOTHING:
        if not is_in_order(key, point, result):
            return PUT_ASIDE
        if may_count and counters.changed_transforms(key, point.value):
            return TRANSFORM
    if needs != FILLING:
        if not _transform(key, point, result):
            return PUT_ASIDE
        result.n_missing = timeline.missing(key, point.timestamp_s)
        if 0 < result.n_missing <= max_fill:
            return FILLING
        if result.n_missing > 0:
            key.warm_until = np.uint32(key.t + rewarm)
    return NOTHING


@compiled
def _transform(key: Key, point: Point, result: Result) -> bool:
    """Transform the value; a counter's first point and reset give none."""
    analysed = transform.apply(key, point.timestamp_s, point.value)
    result.analysed, result.transform, result.reference = analysed.value, key.transform, key.reference
    if key.transform == Transform.RATE.value:
        result.actual = analysed.value if analysed.usable else math.nan
    if analysed.is_reset:
        result.outcome = np.uint8(Outcome.RESET.value)
        key.notes |= RESET
    return analysed.usable


@compiled
def learn_arrival(key: Key, point: Point, result: Result) -> None:
    """Learn how regularly the points of a key come, and whether they count up."""
    if not point.is_prepared:
        timeline.update_interval_stats(key, point.timestamp_s, point.delivery_lag_s)
        counters.learn(key, result.analysed)
