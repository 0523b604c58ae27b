"""The moment: whether a record is what was expected of this time of the week, long before it could be seen coming."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection import excursion
from stream.detection.described import Described
from stream.detection.record import Float32, Int64
from stream.detection.state import State

FARTHEST: Final = 25
"""Widths of the far forecast that one record may count, so that no record speaks for an hour."""

FAST, SLOW = 3, 6
"""Far forecasts over which the leaky means reach: a record may be off, a moment is off for a while."""

LEAST: Final = 2.7
"""Widths of the far forecast that the slow mean must be off to alarm, however well a key has been foreseen."""

YOUNG: Final = 0.5
GROWN_UP: Final = 2016
"""The boundary of a key with a new rhythm is half as high again; that wears off in so many far forecasts, a week."""

EXPECTED, UNEXPECTED = 1.0, 2.0
"""Fast means, in widths of the far forecast: below, a record was expected long before; above, it was not."""

CALMING: Final = 0.5
"""What is left of the evidence of novelty in a record that was expected long before."""


class Moment(NamedTuple):
    """What far forecasts say of the records of a batch."""

    score: Float32
    """How far off the moment is, 1 at the alarm boundary; 0 where nothing was forecast; shape (batch,)."""
    surprise: Float32
    """Part of the evidence of novelty that stands: `CALMING` for what was expected to 1; shape (batch,)."""


def weigh(state: State, slots: Int64, record: Described, away: Float32) -> Moment:
    """Hear what far forecasts say of records, and learn how wrong they usually are.

    Parameters
    ----------
    away : float32, shape (batch,)
        Widths of the far forecast that each record lies above it, from `outlook.due`; 0 where there was none.
    """
    away = np.minimum(np.maximum(away, np.float32(-FARTHEST)), np.float32(FARTHEST))
    fast, slow, age = state.moment_fast[slots], state.moment[slots], state.moment_age[slots]
    rate = record.rate
    fast += rate / np.float32(FAST) * (away - fast)
    slow += rate / np.float32(SLOW) * (away - slow)
    age += rate * (away != 0)
    state.moment_fast[slots], state.moment[slots], state.moment_age[slots] = fast, slow, age
    return Moment(_judge(state, slots, np.abs(slow), age, rate), _surprise(np.abs(fast), away))


def _judge(state: State, slots: Int64, off: Float32, age: Float32, rate: Float32) -> Float32:
    """Give the deviation in units of the key's boundary, and learn it."""
    highest = state.moment_high[slots]
    limit = excursion.boundary(highest, LEAST)
    state.moment_high[slots], state.moment_peak[slots] = excursion.follow(
        highest, state.moment_peak[slots], off, limit, rate
    )
    score: Float32 = off / (limit * (1 + np.float32(YOUNG) * np.exp(-age / np.float32(GROWN_UP))))
    return score


def _surprise(off: Float32, away: Float32) -> Float32:
    ramp = np.minimum(np.maximum((off - EXPECTED) / (UNEXPECTED - EXPECTED), 0), 1)
    return np.where(away == 0, np.float32(1), np.float32(CALMING) + np.float32(1 - CALMING) * ramp)
