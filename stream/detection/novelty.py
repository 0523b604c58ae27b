"""The novelty: how surprising it is, for its key, that a record is far from all that the key has shown."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.age import AGES
from stream.detection.batch import Batch
from stream.detection.constant import ZERO, single
from stream.detection.gate import SETTLED
from stream.detection.record import Bool, Float32, Float64, Int64

MAX_SURPRISE: Final = single(20)
LEAK: Final = single(0.7)
"""Part of the evidence kept from one record to the next."""

ENERGY_KEPT: Final = single(0.9995)
LEARNED: Final = single(0.5)
"""Part of the usual novelty that one record may add after the warm-up, so that an anomaly does not hide the next."""

EVERYTHING: Final = single(np.inf)
EXTENT_PART, MAGNITUDE_PART, FLOOR = single(0.02), single(1e-9), single(1e-12)
"""What is usual for a key at least: a fiftieth of the width of all it has shown, and what its values can resolve."""

CAUTION: Final = 1 + 8 * np.exp(-AGES / 100)
"""How much stronger evidence must be for a young key, by its records; from 4,000 on it is 1 in float64."""

BOUNDARY: Final = 0.64
"""Evidence at which an old key alarms: the score is 1.0 there."""

BOUNDARIES: Final = BOUNDARY * CAUTION


class Novelty(NamedTuple):
    """What the novelty of a batch of records adds up to."""

    surprise: Float32
    """Each statistic's rho, 0 to 20; shape (5, batch)."""
    parts: Float32
    """What each statistic adds to the evidence; shape (5, batch)."""
    score: Float64
    """1.0 is the boundary of every key; shape (batch,)."""


def weigh(batch: Batch, distances: Float32, extents: Float32, absurd: Bool, warmup: Int64) -> Novelty:
    """Compare each distance with what is usual for its key, and add up (section 5).

    Parameters
    ----------
    distances, extents : float32, shape (5, batch)
        From the maps, in the metric's unit.
    absurd : bool, shape (batch,)
        From the gate.
    warmup : int64, shape (batch,) or ()
        Records in which the usual novelty is learned without a limit.
    """
    settled = batch.t >= SETTLED
    usual = np.sqrt(batch.energy) + EXTENT_PART * extents + (MAGNITUDE_PART * batch.magnitude + FLOOR)
    surprise = np.minimum(distances / usual, MAX_SURPRISE)
    if np.count_nonzero(absurd):
        surprise[0, absurd] = MAX_SURPRISE
    limit = np.where(settled, np.where(batch.t <= warmup, EVERYTHING, LEARNED), ZERO)
    learned = np.minimum(distances, limit * usual)
    np.add(ENERGY_KEPT * batch.energy, learned * learned, out=batch.energy)
    added = surprise * settled
    np.add(LEAK * batch.surprise, added, out=batch.surprise)
    np.add(LEAK * batch.z, np.add.reduce(added, axis=0), out=batch.z)
    return Novelty(surprise, batch.surprise, batch.z / BOUNDARIES.take(batch.age))
