"""Novelty score: distance from all that a key has shown."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.arrays import Float32
from stream.detection.compiler.stage import compiled
from stream.detection.kernel.grid import VALUE
from stream.detection.novelty.clipping import SETTLED
from stream.detection.state.key import Key
from stream.detection.state.step_record import N_STATISTICS

MAX_SURPRISE: Final = np.float32(20)
LEAK: Final = np.float32(0.7)
"""Part of the evidence kept from one record to the next."""

ENERGY_KEPT: Final = np.float32(0.9995)
LEARNED: Final = np.float32(0.5)
"""Part of the usual novelty that one record may add after the warm-up, so that an anomaly does not hide the next."""

EXTENT_PART, MAGNITUDE_PART, FLOOR = np.float32(0.02), np.float32(1e-9), np.float32(1e-12)
"""What is usual for a key at least: a fiftieth of the width of all it has shown, and what its values can resolve."""

NONE: Final = np.float32(0)
BOUNDARY: Final = 0.64
"""Evidence at which an old key alarms: the score is 1.0 there."""


@compiled
def caution(t: int) -> float:
    """Return how much more evidence a young key needs."""
    return 1 + 8 * math.exp(-t / 100)


@compiled
def score(
    key: Key, t: int, warmup: int, distances: Float32, extents: Float32, absurd: bool, surprise: Float32
) -> float:
    """Compare distances with the key's usual ones; sum (section 5).

    Parameters
    ----------
    warmup : int
        Records in which the usual novelty is learned without a limit.
    distances, extents : float32, shape (5,)
        From the maps, in the metric's unit.
    absurd : bool
        From the gate.
    surprise : float32, shape (5,)
        Is filled with each statistic's rho, 0 to 20.

    Returns
    -------
    float
        1.0 is the boundary of every key.
    """
    least, total = MAGNITUDE_PART * key.magnitude + FLOOR, NONE
    for i in range(N_STATISTICS):
        usual = np.sqrt(key.energy[i]) + EXTENT_PART * extents[i] + least
        surprise[i] = MAX_SURPRISE if absurd and i == VALUE else min(distances[i] / usual, MAX_SURPRISE)
        learned, added = NONE, NONE
        if t >= SETTLED:
            learned = distances[i] if t <= warmup else min(distances[i], LEARNED * usual)
            added = surprise[i]
        key.energy[i] = ENERGY_KEPT * key.energy[i] + learned * learned
        total += added
    key.z = LEAK * key.z + total
    return float(key.z) / (BOUNDARY * caution(t))
