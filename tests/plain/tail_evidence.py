"""How improbable a record is under the tails that a key has shown: peaks over a threshold, in clusters."""

from dataclasses import dataclass, field
from math import exp, log, sqrt
from typing import NamedTuple

from numpy import float32

from tests.plain.single import ZERO
from tests.plain.statistics import Statistics

N_FIRST = 60
N_ALERTING = 12
MEAN_ERROR, ERROR = 6, 8
ABSURD = 60.0


class Price(NamedTuple):
    """What is taken from the evidence of a tail before it is held against the threshold."""

    nats: float
    caution: float


def price(tail: int, caution: float) -> Price:
    """Return what the evidence of a tail costs: runs are a second look, one error hardly moves the mean of twelve."""
    return Price(1.5 if tail in (9, 10) else 0.0, 1 + 0.2 * (caution - 1) if tail == MEAN_ERROR else caution)


@dataclass
class Tail:
    """The upper tail of one quantity. `fixed` ones start from given numbers, not from the first records."""

    least: float | None = None
    fixed: bool = False
    lowest: float | None = None
    threshold: float32 = ZERO
    excess: float32 = ZERO
    square: float32 = ZERO
    rate: float32 = ZERO
    clusters: float32 = ZERO
    peak: float32 = ZERO
    largest: float32 = ZERO
    age: int | None = None
    gap: int = 0
    alerting: int | None = None

    def start(self, t: int, x: float) -> None:
        """Take in one of the first records."""
        off = x - float(self.threshold)
        mean = float(self.threshold) + off / (t + 1)
        squares = float(self.square) + off * (x - mean)
        self.threshold, self.square = float32(mean), float32(squares)
        if t == N_FIRST - 1:
            deviation = sqrt(max(squares, 0) / N_FIRST)
            self.threshold = float32(1 if self.fixed else mean + 1.5 * deviation)
            self.excess = float32(1 if self.fixed else 0.4 * deviation + 1e-12 + 1e-9 * abs(mean))
            self.square = float32(2 * float(self.excess) ** 2)
            self.clusters, self.rate = float32(3), float32(0.04)

    def scale(self, spread: float32) -> float:
        """Return the usual excess, at least a hundredth of the key's spread or what has no unit."""
        return max(float(self.excess), 0.01 * float(spread) if self.least is None else self.least)

    def score(
        self, t: int, x: float, spread: float32, price: Price, threshold: float, *, absurd: bool, learns_all: bool
    ) -> tuple[float, float]:
        """Return the evidence of record `t` in nats and what it is before alarms, then learn it."""
        scale = self.scale(spread)
        away = (x - float(self.threshold)) / scale
        if absurd:
            away = max(away, ABSURD)
        found = self._above(away, scale, price, threshold) if away > 0 else (0.0, 0.0)
        if away <= 0:
            self.gap += 1
        weight = max(1 / (t + 1), 1 / 4000)
        if self.age is not None and (self.gap >= 10 or self.age > 500):
            self._close(scale, weight, learns_all=learns_all)
        elif self.age is not None:
            self.age += 1
        if self.alerting is not None:
            self.alerting += 1
        self.rate = float32(max(float(self.rate) * (1 - weight), 0.3 / (t + 1)))
        step = weight * float(self.excess) / 0.04
        self.threshold = float32(
            float(self.threshold) + (min(0.96 * step, 2 * float(self.excess)) if away > 0 else -0.04 * step)
        )
        if self.lowest is not None:
            self.threshold = max(self.threshold, float32(self.lowest))
        return found

    @property
    def heaviness(self) -> float:
        """Shape parameter by the first two moments, 0 of a tail without excess."""
        if self.excess <= 0:
            return 0.0
        ratio = float(self.square) / float(self.excess) ** 2
        return min(max((1 - 1 / max(ratio - 1, 1e-3)) / 2, 0), 0.5)

    def _above(self, away: float, scale: float, price: Price, threshold: float) -> tuple[float, float]:
        shape = self.heaviness + 1 / min(float(self.clusters), 40)
        evidence = (-log(float(self.rate)) + log(1 + shape * away) / shape - price.nats) / price.caution
        if self.age is None:
            self.age, self.peak = 0, ZERO
        self.peak, self.gap = max(self.peak, float32(away * scale)), 0
        if self.alerting is None and evidence >= threshold:
            self.alerting = 0
        if self.alerting is not None and self.alerting > 1500:
            self.alerting = None
        return evidence if self.alerting is None or self.alerting <= N_ALERTING else 0.0, evidence

    def _close(self, scale: float, weight: float, *, learns_all: bool) -> None:
        size = float(self.peak)
        if not learns_all:
            known = min(float(self.clusters), 40)
            nats = max(12 + log(float(self.rate)), 0.5)
            size = min(size, max(float(self.largest), known * scale * (exp(min(nats / known, 20)) - 1)))
            self.largest = max(float32(0.9 * float(self.largest)), self.peak)
        if self.gap >= 10:
            self.alerting = None
        self.age, self.clusters = None, self.clusters + float32(1)
        share = 1 / min(float(self.clusters), 120)
        self.excess = float32(float(self.excess) + share * (size - float(self.excess)))
        self.square = float32(float(self.square) + share * (size * size - float(self.square)))
        self.rate = float32(float(self.rate) + weight)


def tails() -> list[Tail]:
    """Return the twelve tails of a key that has had no record."""
    with_unit = [Tail() for _ in range(7)]
    runs = [Tail(least=0.1, fixed=True) for _ in range(2)]
    return [*with_unit, Tail(least=0.1), Tail(), *runs, Tail(least=2, fixed=True, lowest=2)]


@dataclass
class TailEvidence:
    """Both signs of x, residual_3 and level; residual_12, the mixture, the error; runs above and below; no change."""

    tails: list[Tail] = field(default_factory=tails)
    runs: list[float32] = field(default_factory=lambda: [ZERO, ZERO])
    unchanged: int = 0
    previous_x: float32 = ZERO

    def score(
        self,
        t: int,
        warmup: int,
        statistics: Statistics,
        *,
        unlikeliness: float,
        error: float32,
        spread: float32,
        absurd: bool,
        threshold: float,
        strict: float,
    ) -> tuple[float, int, float, float]:
        """Return the largest evidence of record `t` in nats, its tail, the largest before alarms, and the caution."""
        same = t > 0 and abs(float(statistics.x) - float(self.previous_x)) <= 1e-6 * float(spread)
        self.unchanged, self.previous_x = self.unchanged + 1 if same else 0, statistics.x
        both = [sign * float(x) for x in statistics.single[:3] for sign in (1, -1)]
        if t >= N_FIRST:
            for side in range(2):
                tail = self.tails[side]
                away = (both[side] - float(tail.threshold)) / tail.scale(spread)
                self.runs[side] = float32(0.85 * float(self.runs[side]) + min(max(away, 0), 6))
        quantities = [*both, float(statistics.residual_12), unlikeliness, abs(float(error))]
        quantities += [float(self.runs[0]), float(self.runs[1]), float(self.unchanged)]
        if t < N_FIRST:
            for tail, x in zip(self.tails, quantities, strict=True):
                tail.start(t, x)
            return 0.0, 0, 0.0, 1.0
        side = 0 if error > 0 else 1
        caution = 1 + strict * self.tails[ERROR].heaviness
        found = [
            tail.score(t, x, spread, price(i, caution), threshold, absurd=absurd and i == side, learns_all=t <= warmup)
            for i, (tail, x) in enumerate(zip(self.tails, quantities, strict=True))
        ]
        evidence, rarity = ([each[which] for each in found] for which in range(2))
        most = max(evidence)
        return max(most, 0.0), evidence.index(most) if most > 0 else 0, max(*rarity, 0.0), caution
