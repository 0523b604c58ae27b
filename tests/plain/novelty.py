"""From distances to what is new about a record."""

from dataclasses import dataclass, field
from math import exp

import numpy as np
from numpy import float32

from tests.plain.single import ZERO, Vector, zeros

N_STATISTICS = 5
FIRST_T = 50
LARGEST_SURPRISE = 20
MEMORY = 0.7


@dataclass
class Surprise:
    """How far from the known each statistic usually is; order: x, residual_3, level, residual_12, pair."""

    energy: Vector = field(default_factory=lambda: zeros(N_STATISTICS))

    def score(self, t: int, warmup: int, distances: Vector, extents: Vector, largest: float32, absurd: bool) -> Vector:
        """Return each distance in units of what is usual for it, at most 20; then learn the distances."""
        usual = np.sqrt(self.energy) + 0.02 * extents + 1e-9 * largest + 1e-12
        surprise: Vector = np.minimum(distances / usual, LARGEST_SURPRISE)
        if absurd:
            surprise[0] = LARGEST_SURPRISE
        if t >= FIRST_T:
            learned = distances if t <= warmup else np.minimum(distances, 0.5 * usual)
            self.energy = 0.9995 * self.energy + learned**2
        return surprise


@dataclass
class Novelty:
    """Surprise of the last few records."""

    total: float32 = ZERO

    def add(self, t: int, surprise: Vector) -> float:
        """Take in the surprise of record `t` and return the score: 1 is the boundary for every key."""
        counted = surprise if t >= FIRST_T else zeros(N_STATISTICS)
        self.total = MEMORY * self.total + float32(counted.sum())
        return float(self.total) / (0.64 * (1 + 8 * exp(-t / 100)))
