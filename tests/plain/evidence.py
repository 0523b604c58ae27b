"""The largest of four components: records, tails, the moment, the quiet."""

from dataclasses import dataclass
from math import log
from typing import NamedTuple

from numpy import float32

from tests.plain.single import Vector, zeros

COMPANY = 0.94
KNOWN_WEEK = 0.7
UNFAMILIAR = 3.0
N_STATISTICS = 5
TAILS_FROM = 1440
SLOW_S = 1700
DAY_S = 86_400
KIND_OF_TAIL = [0, 0, 1, 1, 2, 2, 3, 0, 0, 0, 0, N_STATISTICS + 1]


def record_threshold(budget: float) -> float:
    """Return the record evidence that alarms; the budget is in points."""
    return float(22.4 * (budget / 43_200) ** 0.15)


def tail_threshold(budget: float) -> float:
    """Return the tail evidence that alarms."""
    return max(12.2, log(budget) + 2.1)


def strictness(budget: float) -> float:
    """Return 0 for budgets up to 8,640 points, 1 for those from 43,200 on."""
    return min(max(log(budget / 8_640) / log(5), 0), 1)


def rarity_asked(strict: float, *, young: bool) -> float:
    """Return the nats that a tail must reach beside record evidence; 7 of young slow keys without a daily rhythm."""
    return max(10.9 * strict, 7.0 if young else 0.0)


def daily_caution(*, day_on: bool, week_on: bool) -> float:
    """Return how many times the usual record evidence is asked of a key whose days alone are known."""
    return 1.3 if day_on and not week_on else 1.0


def youth(t: int, warmup: int) -> float:
    """Return how many times the usual record evidence a slow key is asked for before its warm-up is over."""
    return 1 + 2 * max(1 - t / warmup, 0) if warmup > 0 else 1.0


@dataclass
class Week:
    """Since when the profile of the week has been of use."""

    since_s: float | None = None

    def has_proved(self, timestamp_s: float, *, is_on: bool) -> bool:
        """Describe whether it has been so for a day without a break."""
        if not is_on:
            self.since_s = None
        elif self.since_s is None:
            self.since_s = timestamp_s
        return self.since_s is not None and timestamp_s - self.since_s >= DAY_S


class Components(NamedTuple):
    """What each says of a record; 1 is the boundary."""

    records: float
    tails: float
    moment: float
    quiet: float

    def shares(self, of_records: Vector, tail: int) -> Vector:
        """Part of each statistic, of the moment and of the quiet in the largest component, or 0; shape (7,)."""
        found = zeros(N_STATISTICS + 2)
        largest = self.index(max(self))
        if max(self) <= 0:
            return found
        if largest == 0:
            found[:N_STATISTICS] = of_records / (of_records.sum() or float32(1))
        else:
            found[KIND_OF_TAIL[tail] if largest == 1 else N_STATISTICS + largest - 2] = float32(1)
        return found


def new(novelty: float, *, surprise: float, week_known: bool, hour_seen: bool) -> float:
    """Return what the novelty counts: a third in an hour of the week that a key with a daily rhythm never had."""
    return novelty * COMPANY * (KNOWN_WEEK if week_known else 1) / (1 if hour_seen else UNFAMILIAR) * surprise
