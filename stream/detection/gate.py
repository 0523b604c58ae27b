"""The gate: an absurd value is reported but not learned, so that one broken record cannot ruin the memory of a key."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.batch import Batch
from stream.detection.constant import double, integer, single
from stream.detection.grid import hull
from stream.detection.record import Bool, Float32, Float64

SETTLED: Final = integer(50)
"""Records a key must have before it is gated or scored: with fewer its hull says nothing."""

LEAST_PART: Final = single(0.001)
"""Part of the largest value known that the hull counts as wide at least."""

MAX_RUN: Final = 100
WIDENING: Final = 10.0 * 1.5 ** np.arange(MAX_RUN + 1)
"""Hull widths off at which a value is absurd, by absurd records before it: a lasting shift is let in after some ten."""

LARGEST: Final = double(1e17)
LARGEST_FIRST: Final = 1e30
"""Bounds of a value, relative to the first of its key, and of the first one itself.

The specification has none, but float32 cannot hold the sum of 2,000 squares of anything larger.
"""


def start(batch: Batch, timestamps_s: Float64, values: Float64) -> None:
    """Tie the keys that have no record yet to their first one."""
    rows = (batch.t == 0).nonzero()[0]
    if len(rows):
        state, slots, now_s = batch.state, batch.slots[rows], timestamps_s[rows]
        batch.x0[rows] = state.x0[slots] = np.clip(values[rows], -LARGEST_FIRST, LARGEST_FIRST)
        batch.timestamp_s[rows] = state.timestamp_s[slots] = state.rotation_s[slots] = now_s


def admit(batch: Batch, values: Float64) -> tuple[Float32, Bool]:
    """Make values relative to the first of their key and hold the absurd ones at the hull (section 2).

    Parameters
    ----------
    values : float64, shape (batch,)
        In the metric's unit, finite.

    Returns
    -------
    y : float32, shape (batch,)
        What is learned: value - x0, held at the hull where absurd.
    absurd : bool, shape (batch,)
        Which values were absurd.
    """
    run = batch.state.absurd_run.take(batch.slots)
    low, high = hull(batch)
    width = high - low
    relative = np.minimum(np.maximum(values - batch.x0, -LARGEST), LARGEST)
    tolerance = WIDENING.take(run) * np.maximum(width, LEAST_PART * batch.magnitude)
    absurd = (relative > high + tolerance) | (relative < low - tolerance)
    absurd &= (batch.t >= SETTLED) & (high > low)
    if np.count_nonzero(absurd) or np.count_nonzero(run):
        relative = np.where(absurd, np.clip(relative, low, high), relative)
        batch.state.absurd_run[batch.slots] = np.where(absurd, np.minimum(run + 1, MAX_RUN), 0)
    y = relative.astype(np.float32)
    np.maximum(batch.magnitude, np.absolute(y + batch.x0).astype(np.float32), out=batch.magnitude)
    return y, absurd
