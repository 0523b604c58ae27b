"""The quiet: whether a key that is never still stands still, or moves far less than it usually does at this hour."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection import excursion
from stream.detection.batch import Batch
from stream.detection.constant import ZERO, single
from stream.detection.described import STRIDES, Described
from stream.detection.record import Float32, Int64

WINDOW: Final = 12
"""Far forecasts' distances over which the leaky mean of the changes reaches: an hour of five minutes."""

FLOOR: Final = single(1e-3)
"""Part of the key's deviation below which all changes are alike."""

LEAST: Final = single(1.1)
"""Natural logarithm of how many times smaller than usual the changes must be to alarm: 3 times."""


WEIGHTS: Final = (1 / (WINDOW * STRIDES)).astype(np.float32)


def follow(batch: Batch, y: Float32, octave: Int64) -> None:
    """Take a record into the leaky mean of its key's changes.

    Parameters
    ----------
    y : float32, shape (batch,)
        Value less x0; the one before is still the batch's `previous`.
    octave : int64, shape (batch,)
        From one far forecast to the next it is 2 to this power of records.
    """
    batch.change += WEIGHTS.take(octave) * (np.absolute(y - batch.previous) - batch.change)


def weigh(batch: Batch, record: Described) -> Float32:
    """Compare how much keys move with how much they usually do at this hour, and learn it.

    Returns
    -------
    float32, shape (batch,)
        How much too quiet the key is, 1 at the alarm boundary; 0 where its week is not known.
    """
    floor = FLOOR * record.scale.spread
    ratio = np.log((record.usual_change + floor) / (batch.change + floor))
    quiet: Float32 = np.where(record.usual_change > ZERO, ratio, ZERO)
    limit = excursion.boundary(batch.quiet_high, LEAST)
    excursion.follow(batch.quiet_high, batch.quiet_peak, quiet, limit, record.rate)
    loud: Float32 = np.maximum(quiet, ZERO)
    return np.where(record.rhythm[1], loud / limit, ZERO)
