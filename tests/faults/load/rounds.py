"""Seeded load of a campaign: series with holes, repeats, late points and poison among them."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from tests.e2e.crowd import START_MS, STEP_MS
from tests.e2e.poison import POISON

Message: TypeAlias = tuple[bytes | None, bytes | None]
"""Key and value."""

POISON_MESSAGES: tuple[Message, ...] = tuple((key, value) for key, value, _ in POISON.values() if key or value)
"""Those that a client agrees to send."""

WARMUP = 40
"""Points of a series before its first anomaly, and before the workers' first alert."""

HOLES, REPEATS, LATE, POISONED = 0.002, 0.004, 0.004, 0.002
ANOMALIES = 0.003
NEW_SERIES = 0.05
"""Chance a round that one more series begins."""

BIG = 0.01
"""Chance a round that the message of the hot series is a big one."""

HOT_POINTS, BIG_POINTS = 20, 2_000
LATE_BY = 3
N_RAW = 5
"""Series that come through `streamgauge ingest`."""


class Round(NamedTuple):
    """What is sent for one step of event time.

    Attributes
    ----------
    points : list of Message
        For the metrics topic.
    raw : list of Message
        For the source topic of `streamgauge ingest`.
    """

    points: list[Message]
    raw: list[Message]


@dataclass
class _Series:
    """A noisy level with its features, from a round on."""

    name: str
    level: float
    features: tuple[str, ...]
    first_round: int

    def value(self, rng: random.Random, at: int) -> float | dict[str, float]:
        numbers = [self._number(rng, at) for _ in self.features or ("",)]
        return dict(zip(self.features, numbers, strict=True)) if self.features else numbers[0]

    def _number(self, rng: random.Random, at: int) -> float:
        is_anomalous = at - self.first_round > WARMUP and rng.random() < ANOMALIES
        factor = rng.choice((0.3, 2.5)) if is_anomalous else 1.0
        return self.level * factor * (1 + 0.1 * math.sin(at / 8) + 0.02 * rng.uniform(-1, 1))

    def message(self, rng: random.Random, at: int, timestamp_ms: int) -> Message:
        body = {"series": self.name, "timestamp": timestamp_ms, "value": self.value(rng, at)}
        return self.name.encode(), json.dumps(body).encode()


@dataclass
class Load:
    """Rounds of messages, the same for the same seed.

    Parameters
    ----------
    seed : int
    n_series : int
        Series of the first round; every tenth has two features.
    """

    seed: int
    n_series: int = 120
    _series: list[_Series] = field(init=False, default_factory=list)
    _n_bursts: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Make the first series."""
        self._rng = random.Random(f"load {self.seed}")
        self._beside = random.Random(f"beside {self.seed}")  # Of the faults, which come from another thread.
        for _ in range(self.n_series):
            self._add(0)

    def _add(self, at: int) -> None:
        number = len(self._series)
        features = ("cpu", "mem") if number % 10 == 9 else ()
        self._series.append(_Series(f"host-{number:04d}/load", self._rng.uniform(20, 200), features, at))

    def rounds(self) -> Iterator[Round]:
        """Yield rounds without end."""
        at = 0
        while True:
            if self._rng.random() < NEW_SERIES:
                self._add(at)
            points = [message for series in self._series for message in self._messages(series, at)]
            yield Round([*points, self._hot(at)], self._raw(at))
            at += 1

    def _messages(self, series: _Series, at: int) -> Iterator[Message]:
        rng, now_ms = self._rng, START_MS + at * STEP_MS
        if rng.random() < HOLES:
            return
        if rng.random() < LATE:
            yield series.message(rng, at, now_ms - LATE_BY * STEP_MS)
        yield series.message(rng, at, now_ms)
        if rng.random() < REPEATS:
            yield series.message(rng, at, now_ms)
        if rng.random() < POISONED:
            yield rng.choice(POISON_MESSAGES)

    def _hot(self, at: int) -> Message:
        """Make the round's one message of the hot series."""
        n = BIG_POINTS if self._rng.random() < BIG else HOT_POINTS
        step_ms = STEP_MS // n
        first_ms = START_MS + at * STEP_MS
        points = [[first_ms + number * step_ms, 50 + self._rng.uniform(-1, 1)] for number in range(n)]
        return b"hot/load", json.dumps({"series": "hot/load", "points": points}).encode()

    def _raw(self, at: int) -> list[Message]:
        timestamp_s = (START_MS + at * STEP_MS) // 1000
        hosts = [f"r{number}" for number in range(N_RAW)]
        bodies = [
            {"name": "raw", "tags": {"host": host}, "timestamp": timestamp_s, "fields": {"n": at}} for host in hosts
        ]
        return [(host.encode(), json.dumps(body).encode()) for host, body in zip(hosts, bodies, strict=True)]

    def flood(self, n: int) -> list[Message]:
        """Return messages that cannot be read."""
        return self._beside.choices(POISON_MESSAGES, k=n)

    def burst(self, n: int) -> list[Message]:
        """Return one point each of series that were never seen before."""
        self._n_bursts += 1
        series = [_Series(f"burst-{self._n_bursts}-{number}", 100.0, (), 0) for number in range(n)]
        return [each.message(self._beside, 0, START_MS) for each in series]
