"""The novelty: how surprising it is, for its key, that a record is far from all that the key has shown."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.gate import SETTLED
from stream.detection.record import Bool, Float32, Float64, Int64
from stream.detection.state import State

MAX_SURPRISE: Final = 20
LEAK: Final = 0.7
"""Part of the evidence kept from one record to the next."""

ENERGY_KEPT: Final = 0.9995
LEARNED: Final = 0.5
"""Part of the usual novelty that one record may add after the warm-up, so that an anomaly does not hide the next."""

CAUTION: Final = 1 + 8 * np.exp(-np.arange(4001) / 100)
"""How much stronger evidence must be for a young key, by its records; from 4,000 on it is 1 in float64."""

BOUNDARY: Final = 0.64
"""Evidence at which an old key alarms: the score is 1.0 there."""


class Novelty(NamedTuple):
    """What the novelty of a batch of records adds up to."""

    surprise: Float32
    """Each statistic's rho, 0 to 20; shape (batch, 5)."""
    shares: Float32
    """Each statistic's part in the score, adding up to 1, or all 0 without evidence; shape (batch, 5)."""
    score: Float64
    """1.0 is the boundary of every key; shape (batch,)."""


def weigh(
    state: State, slots: Int64, t: Int64, distances: Float32, extents: Float32, absurd: Bool, warmup: Int64
) -> Novelty:
    """Compare each distance with what is usual for its key, and add up (section 5).

    Parameters
    ----------
    distances, extents : float32, shape (batch, 5)
        From the maps, in the metric's unit.
    absurd : bool, shape (batch,)
        From the gate.
    warmup : int64, shape (batch,) or ()
        Records in which the usual novelty is learned without a limit.
    """
    energy = state.energy.take(slots, axis=0)
    floor = 1e-9 * state.magnitude[slots] + 1e-12
    usual = np.sqrt(energy) + 0.02 * extents + floor[:, None]
    surprise = np.minimum(distances / usual, MAX_SURPRISE)
    surprise[absurd, 0] = MAX_SURPRISE
    learned = np.minimum(distances, _limit(t, warmup)[:, None] * usual)
    state.energy[slots] = ENERGY_KEPT * energy + learned * learned
    added = surprise * (t >= SETTLED)[:, None]
    parts = LEAK * state.surprise.take(slots, axis=0) + added
    z = LEAK * state.z[slots] + np.add.reduce(added, axis=1)
    state.surprise[slots], state.z[slots] = parts, z
    return Novelty(surprise, _shares(parts), z / (BOUNDARY * CAUTION[np.minimum(t, len(CAUTION) - 1)]))


def _limit(t: Int64, warmup: Int64) -> Float32:
    """Say how much of a distance is learned, in units of the usual one: nothing, then all, then no more than half."""
    settled = np.where(t <= warmup, np.float32(np.inf), np.float32(LEARNED))
    return np.where(t >= SETTLED, settled, np.float32(0))


def _shares(parts: Float32) -> Float32:
    total = np.add.reduce(parts, axis=1)
    total[total == 0] = 1
    shares: Float32 = parts / total[:, None]
    return shares
