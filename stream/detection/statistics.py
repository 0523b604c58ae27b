"""The statistics: what is looked at for novelty, made of the values and of the forecast's residuals."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.age import counts
from stream.detection.batch import Batch
from stream.detection.constant import ZERO, integer, single
from stream.detection.record import RESIDUAL_WINDOW, STATISTICS, WINDOW, Float32

FIRST_RESIDUAL: Final = integer(2)
"""The first record with a residual: what was forecast before it was made without any difference seen."""

COUNTS: Final = counts(3, WINDOW, RESIDUAL_WINDOW)
HALF: Final = single(0.5)


def observe(batch: Batch, y: Float32) -> Float32:
    """Take a record into the windows of its key and give its statistics (section 3); the level knows it already.

    Parameters
    ----------
    y : float32, shape (batch,)
        Value less x0, from the gate.

    Returns
    -------
    float32, shape (5, batch)
        Value, mean of the last 3 residuals, mean of the last 24 values less slow level, mean of the last 12 absolute
        residuals, half the mean of the last 24 values; all in the metric's unit.
    """
    residual = np.where(batch.t >= FIRST_RESIDUAL, y - batch.forecast, ZERO)
    n_3, n_24, n_12 = COUNTS.take(batch.age, axis=1)
    mean_24 = _ring_sum(batch.state.window, batch, y, WINDOW) / n_24
    statistics = np.empty((len(STATISTICS), len(batch)), np.float32)
    statistics[0] = y
    np.divide(residual + batch.last_residual + batch.residual_before, n_3, out=statistics[1])
    statistics[2] = np.where(batch.t >= WINDOW, mean_24 - batch.level, ZERO)
    sizes = _ring_sum(batch.state.residual_window, batch, np.absolute(residual), RESIDUAL_WINDOW)
    np.divide(sizes, n_12, out=statistics[3])
    np.multiply(mean_24, HALF, out=statistics[4])
    batch.residual_before[:], batch.last_residual[:] = batch.last_residual, residual
    return statistics


def _ring_sum(ring: Float32, batch: Batch, new: Float32, length: int) -> Float32:
    """Put a number into each key's ring, over the oldest, and give the sum of those in it."""
    ring.reshape(-1)[batch.slots * length + batch.t % length] = new
    total: Float32 = np.add.reduce(ring.take(batch.slots, axis=0), axis=1)
    return total
