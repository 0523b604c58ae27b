"""Clipping of outliers, so that they are not learned."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.kernel.grid import VALUE, hull
from stream.detection.state.key import Key

SETTLED: Final = 50
"""Records a key must have before it is gated or scored: with fewer its range means nothing."""

LEAST_PART: Final = np.float32(0.001)
"""Part of the largest value known that the hull counts as wide at least."""

MAX_RUN: Final = 100
WIDENING: Final = 10.0 * 1.5 ** np.arange(MAX_RUN + 1)
"""Hull widths off at which a value is absurd, by absurd records before it: a lasting shift is let in after some ten."""

LARGEST: Final = 1e17
LARGEST_FIRST: Final = 1e30
"""Bounds of a value, relative to the first of its key, and of the first one itself.

The specification has none, but float32 cannot hold the sum of 2,000 squares of anything larger.
"""


@compiled
def initialise_key(key: Key, timestamp_s: float, value: float) -> None:
    """Initialise a key with its first record."""
    if key.t == 0:
        key.x0 = min(max(value, -LARGEST_FIRST), LARGEST_FIRST)
        key.timestamp_s = key.rotation_s = timestamp_s


@compiled
def clip_outlier(key: Key, t: int, value: float) -> tuple[np.float32, bool]:
    """Make a value relative to x0 and clip an outlier (section 2).

    Parameters
    ----------
    value : float
        In the metric's unit, finite.

    Returns
    -------
    y : float32
        What is learned: value - x0, held at the hull if absurd.
    absurd : bool
    """
    low, high = hull(key, VALUE)
    relative = min(max(value - key.x0, -LARGEST), LARGEST)
    tolerance = WIDENING[key.absurd_run] * max(high - low, float(LEAST_PART * key.magnitude))
    beyond = relative > high + tolerance or relative < low - tolerance
    absurd = beyond and t >= SETTLED and high > low
    key.absurd_run = np.uint8(min(int(key.absurd_run) + 1, MAX_RUN) if absurd else 0)
    y = np.float32(min(max(relative, low), high) if absurd else relative)
    key.magnitude = max(key.magnitude, np.float32(abs(y + key.x0)))
    return y, absurd
