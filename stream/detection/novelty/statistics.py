"""Statistics of a record: values and residuals, smoothed."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.arrays import RESIDUAL_WINDOW, WINDOW, Float32
from stream.detection.compiler.stage import compiled
from stream.detection.kernel.age import n_in_window
from stream.detection.state.key import Key

FIRST_RESIDUAL: Final = 2
"""The first record with a residual: what was forecast before it was made without any difference seen."""

LANES: Final = 8
HALF: Final = np.float32(0.5)
NONE: Final = np.float32(0)


@compiled
def update_statistics(key: Key, t: int, y: np.float32, statistics: Float32) -> None:
    """Update a key's windows; compute its statistics (section 3).

    Parameters
    ----------
    y : float32
        Value less x0, from the gate.
    statistics : float32, shape (5,)
        Value, mean of the last 3 residuals, mean of the last 24 values less slow level, mean of the last 12 absolute
        residuals, half the mean of the last 24 values; all in the metric's unit.
    """
    residual = y - key.forecast if t >= FIRST_RESIDUAL else NONE
    key.window[t % WINDOW], key.residual_window[t % RESIDUAL_WINDOW] = y, abs(residual)
    mean_24 = _total(key.window) / n_in_window(t, WINDOW)
    statistics[0] = y
    statistics[1] = (residual + key.last_residual + key.residual_before) / n_in_window(t, 3)
    statistics[2] = mean_24 - key.level if t >= WINDOW else NONE
    statistics[3] = _total(key.residual_window) / n_in_window(t, RESIDUAL_WINDOW)
    statistics[4] = mean_24 * HALF
    key.residual_before, key.last_residual = key.last_residual, residual


@compiled
def _total(ring: Float32) -> np.float32:
    """Sum a ring in eight lanes, as numpy does."""
    a = b = c = d = e = f = g = h = NONE
    whole = len(ring) - len(ring) % LANES
    for at in range(0, whole, LANES):
        a, b, c, d = a + ring[at], b + ring[at + 1], c + ring[at + 2], d + ring[at + 3]
        e, f, g, h = e + ring[at + 4], f + ring[at + 5], g + ring[at + 6], h + ring[at + 7]
    total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for at in range(whole, len(ring)):
        total += ring[at]
    return np.float32(total)
