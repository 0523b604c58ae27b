"""The quiet: whether a key that is never still stands still, or moves far less than it usually does at this hour."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection import excursion
from stream.detection.described import Described
from stream.detection.record import Float32, Int64
from stream.detection.state import State

WINDOW: Final = 12
"""Far forecasts' distances over which the leaky mean of the changes reaches: an hour of five minutes."""

FLOOR: Final = 1e-3
"""Part of the key's deviation below which all changes are alike."""

LEAST: Final = 1.0
"""Natural logarithm of how many times smaller than usual the changes must be to alarm: 2.7 times."""


def follow(state: State, slots: Int64, y: Float32, strides: Int64) -> None:
    """Take a record into the leaky mean of its key's changes.

    Parameters
    ----------
    y : float32, shape (batch,)
        Value less x0; the one before is still the state's `previous`.
    strides : int64, shape (batch,)
        Records from one far forecast to the next.
    """
    change = state.change[slots]
    change += (1 / (WINDOW * strides)).astype(np.float32) * (np.abs(y - state.previous[slots]) - change)
    state.change[slots] = change


def weigh(state: State, slots: Int64, record: Described) -> Float32:
    """Compare how much keys move with how much they usually do at this hour, and learn it.

    Returns
    -------
    float32, shape (batch,)
        How much too quiet the key is, 1 at the alarm boundary; 0 where its week is not known.
    """
    floor = np.float32(FLOOR) * record.scale.spread
    ratio = (record.usual_change + floor) / (state.change[slots] + floor)
    quiet = np.where(record.usual_change > 0, np.log(ratio), 0).astype(np.float32)
    highest = state.quiet_high[slots]
    limit = excursion.boundary(highest, LEAST)
    state.quiet_high[slots], state.quiet_peak[slots] = excursion.follow(
        highest, state.quiet_peak[slots], quiet, limit, (1 / record.stride).astype(np.float32)
    )
    judged: Float32 = np.where(record.rhythm[1], np.maximum(quiet, 0), 0).astype(np.float32) / limit
    return judged
