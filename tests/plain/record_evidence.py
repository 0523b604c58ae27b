"""How improbable new extremes are for a key: the theory of records, and a Pareto tail for their size."""

from dataclasses import dataclass, field
from math import exp, inf, log

import numpy as np
from numpy import float32

from tests.plain.single import ZERO, Vector, zeros

FIRST_T = 50
COUNTS = (0.5, 0.6, 0.9, 0.6, 1.7)
ENOUGH = 10


@dataclass
class Events:
    """Runs of records outside of all that was seen, of one statistic."""

    distance: float32 = ZERO
    peak: float32 = ZERO
    count: float32 = ZERO
    weight: float32 = ZERO
    sizes: float32 = ZERO
    inside: int | None = None

    def score(self, t: int, distance: float, extent: float, *, is_clipped: bool, learns_all: bool) -> float:
        """Return the evidence of record `t` in nats, then learn it."""
        self.distance = float32(0.7 * float(self.distance) + distance)
        if is_clipped:
            self.distance = max(self.distance, float32(extent))
        scale = (float(self.sizes) + 0.08 * extent + 1e-12) / (float(self.weight) + 4)
        shape, rarity, away = float(self.weight) + 2, log((t + 1) / (float(self.count) + 1)), float(self.distance)
        evidence = max(0.0, rarity + shape * log(1 + away / (shape * scale))) if away > 0.05 * scale else 0.0
        limit = shape * scale * (exp(min(max(12 - rarity, 0.5) / shape, 20)) - 1)
        self.count = float32(float(self.count) * (1 - 0.5 / (t + 1)))
        self.weight = float32(float(self.weight) * (1 - 0.1 / (t + 1)))
        self.sizes = float32(float(self.sizes) * (1 - 0.1 / (t + 1)))
        self._follow(distance > 0, inf if learns_all else limit)
        return evidence

    def _follow(self, is_new: bool, limit: float) -> None:
        if is_new:
            self.peak, self.inside = max(self.peak, self.distance), 0
        elif self.inside is not None:
            self.inside += 1
            if self.inside == 3:
                self.count, self.weight = self.count + float32(1), self.weight + float32(1)
                self.sizes = float32(float(self.sizes) + min(float(self.peak), limit))
                self.peak, self.inside = ZERO, None


@dataclass
class RecordEvidence:
    """Events of x, residual_3, level, residual_12 and pair."""

    events: tuple[Events, ...] = field(default_factory=lambda: tuple(Events() for _ in COUNTS))

    def score(self, t: int, warmup: int, distances: Vector, extents: Vector, *, absurd: bool) -> Vector:
        """Return what each statistic adds to the evidence of record `t`, in nats."""
        if t < FIRST_T:
            return zeros(len(COUNTS))
        nats = [
            events.score(
                t,
                float(distances[i]),
                float(extents[i]),
                is_clipped=absurd and i == 0,
                learns_all=t <= warmup,
            )
            for i, events in enumerate(self.events)
        ]
        return np.array(
            [
                sum(COUNTS) * evidence if absurd and i == 0 else counts * ENOUGH * log(1 + evidence / ENOUGH)
                for i, (counts, evidence) in enumerate(zip(COUNTS, nats, strict=True))
            ],
            float32,
        )
