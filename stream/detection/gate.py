"""The gate: an absurd value is reported but not learned, so that one broken record cannot ruin the memory of a key."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.grid import hull
from stream.detection.record import Bool, Float32, Float64, Int64
from stream.detection.state import State

SETTLED: Final = 50
"""Records a key must have before it is gated or scored: with fewer its hull says nothing."""

MAX_RUN: Final = 100
WIDENING: Final = 10.0 * 1.5 ** np.arange(MAX_RUN + 1)
"""Hull widths off at which a value is absurd, by absurd records before it: a lasting shift is let in after some ten."""

LARGEST: Final = 1e17
LARGEST_FIRST: Final = 1e30
"""Bounds of a value, relative to the first of its key, and of the first one itself.

The specification has none, but float32 cannot hold the sum of 2,000 squares of anything larger.
"""


def start(state: State, slots: Int64, t: Int64, timestamps_s: Float64, values: Float64) -> None:
    """Tie the keys that have no record yet to their first one."""
    first = t == 0
    if np.count_nonzero(first):
        state.timestamp_s[slots[first]] = timestamps_s[first]
        state.x0[slots[first]] = np.clip(values[first], -LARGEST_FIRST, LARGEST_FIRST)
        state.rotation_s[slots[first]] = timestamps_s[first]


def admit(state: State, slots: Int64, t: Int64, values: Float64) -> tuple[Float32, Bool]:
    """Make values relative to the first of their key and hold the absurd ones at the hull (section 2).

    Parameters
    ----------
    t : int64, shape (batch,)
        Records seen before.
    values : float64, shape (batch,)
        In the metric's unit, finite.

    Returns
    -------
    y : float32, shape (batch,)
        What is learned: value - x0, held at the hull where absurd.
    absurd : bool, shape (batch,)
        Which values were absurd.
    """
    x0, run, magnitude = state.x0[slots], state.absurd_run[slots], state.magnitude[slots]
    low, high = hull(state, slots, 0)
    width = high - low
    relative = np.minimum(np.maximum(values - x0, -LARGEST), LARGEST)
    tolerance = WIDENING[run] * np.maximum(width, 0.001 * magnitude)
    absurd = (relative > high + tolerance) | (relative < low - tolerance)
    absurd &= (t >= SETTLED) & (width > 0)
    if np.count_nonzero(absurd) or np.count_nonzero(run):
        relative = np.where(absurd, np.clip(relative, low, high), relative)
        state.absurd_run[slots] = np.where(absurd, np.minimum(run + 1, MAX_RUN), 0)
    y = relative.astype(np.float32)
    state.magnitude[slots] = np.maximum(magnitude, np.abs(y + x0))
    return y, absurd
