"""The statistics: what is looked at for novelty, made of the values and of the forecast's residuals."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.record import RESIDUAL_WINDOW, STATISTICS, WINDOW, Float32, Int64
from stream.detection.scale import Weights
from stream.detection.state import State

FIRST_RESIDUAL: Final = 2
"""The first record with a residual: what was forecast before it was made without any difference seen."""

LEVEL: Final = Weights(300.5)
"""Records the slow level remembers; the statistic is how far the mean of the last 24 is from it."""


def observe(state: State, slots: Int64, t: Int64, y: Float32) -> Float32:
    """Take a record into the windows of its key and give its statistics (section 3).

    Parameters
    ----------
    y : float32, shape (batch,)
        Value less x0, from the gate.

    Returns
    -------
    float32, shape (batch, 5)
        Value, mean of the last 3 residuals, mean of the last 24 values less slow level, mean of the last 12 absolute
        residuals, half the mean of the last 24 values; all in the metric's unit.
    """
    residual = np.where(t >= FIRST_RESIDUAL, y - state.forecast[slots], np.float32(0))
    last, before = state.last_residual[slots], state.residual_before[slots]
    mean_24 = _ring_mean(state.window, slots, t, y, WINDOW)
    level = state.level[slots]
    level += LEVEL.at(t)[0] * (y - level)
    statistics = np.empty((len(slots), len(STATISTICS)), np.float32)
    statistics[:, 0] = y
    statistics[:, 1] = (residual + last + before) / np.minimum(t + 1, 3).astype(np.float32)
    statistics[:, 2] = np.where(t >= WINDOW, mean_24 - level, np.float32(0))
    statistics[:, 3] = _ring_mean(state.residual_window, slots, t, np.abs(residual), RESIDUAL_WINDOW)
    statistics[:, 4] = mean_24 / 2
    state.last_residual[slots], state.residual_before[slots] = residual, last
    state.level[slots] = level
    return statistics


def _ring_mean(ring: Float32, slots: Int64, t: Int64, new: Float32, length: int) -> Float32:
    """Put a number into each key's ring, over the oldest, and give the mean of those in it."""
    ring.reshape(-1)[slots * length + t % length] = new
    mean: Float32 = np.add.reduce(ring.take(slots, axis=0), axis=1) / np.minimum(t + 1, length).astype(np.float32)
    return mean
