"""The moment: whether a record is what was expected of this time of the week, long before it could be seen coming."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection import excursion
from stream.detection.batch import Batch
from stream.detection.constant import ONE, ZERO, single
from stream.detection.described import Described
from stream.detection.record import Float32

FARTHEST: Final = single(25)
"""Widths of the far forecast that one record may count, so that no record speaks for an hour."""

FAST, SLOW = single(3), single(6)
"""Far forecasts over which the leaky means reach: a record may be off, a moment is off for a while."""

LEAST: Final = single(2.7)
"""Widths of the far forecast that the slow mean must be off to alarm, however well a key has been foreseen."""

YOUNG: Final = single(0.4)
GROWN_UP: Final = single(4032)
"""The boundary of a key with a new rhythm is so much higher, for every witness; that wears off in so many far
forecasts, two weeks of five minutes."""

EXPECTED, UNEXPECTED = single(1), single(2)
"""Fast means, in widths of the far forecast: below, a record was expected long before; above, it was not."""

CALMING: Final = single(0.5)
"""What is left of the evidence of novelty in a record that was expected long before."""


class Moment(NamedTuple):
    """What far forecasts say of the records of a batch."""

    score: Float32
    """How far off the moment is, 1 at the alarm boundary; 0 where nothing was forecast; shape (batch,)."""
    surprise: Float32
    """Part of the evidence of novelty that stands: `CALMING` for what was expected to 1; shape (batch,)."""
    trust: Float32
    """Part of all evidence that stands while the rhythm is new, 1 in the end; shape (batch,)."""


def weigh(batch: Batch, record: Described, away: Float32) -> Moment:
    """Hear what far forecasts say of records, and learn how wrong they usually are.

    Parameters
    ----------
    away : float32, shape (batch,)
        Widths of the far forecast that each record lies above it, from `outlook.due`; 0 where there was none.
    """
    away = np.minimum(np.maximum(away, -FARTHEST), FARTHEST)
    rate = record.rate
    batch.moment_fast += rate / FAST * (away - batch.moment_fast)
    batch.moment += rate / SLOW * (away - batch.moment)
    batch.moment_age += rate * (away != ZERO)
    return Moment(
        score=_judge(batch, np.absolute(batch.moment), rate),
        surprise=_surprise(np.absolute(batch.moment_fast), away),
        trust=ONE / (ONE + YOUNG * np.exp(-batch.moment_age / GROWN_UP)),
    )


def _judge(batch: Batch, off: Float32, rate: Float32) -> Float32:
    """Give the deviation in units of the key's boundary, and learn it."""
    limit = excursion.boundary(batch.moment_high, LEAST)
    excursion.follow(batch.moment_high, batch.moment_peak, off, limit, rate)
    return off / limit


def _surprise(off: Float32, away: Float32) -> Float32:
    ramp = np.minimum(np.maximum((off - EXPECTED) / (UNEXPECTED - EXPECTED), ZERO), ONE)
    return np.where(away == ZERO, ONE, CALMING + (ONE - CALMING) * ramp)
