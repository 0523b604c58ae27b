"""The suite: which series are drawn, at which intervals, and where faults are planted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from stream.detection.backtest import Series
from training.evaluation.calm.faults import FAULTS, robust_deviation
from training.evaluation.calm.kinds import DAY_S, KINDS, LIGHT, Float64

FIRST_MONDAY_S: Final = 1_704_067_200.0
"""1 January 2024, a Monday, midnight UTC."""


class Length(NamedTuple):
    """How long a calm series is watched."""

    interval_s: float
    n_points: int


LENGTHS: Final = {
    "1 s": Length(1, 21_600),
    "1 min": Length(60, 43_200),
    "5 min": Length(300, 17_280),
    "1 h": Length(3600, 4_320),
}
"""By name of the interval: six hours, 30 days, 60 days and 180 days."""

FAULT_AGES: Final = (2_500, 5_000)
"""Points after which a fault begins."""


@dataclass(frozen=True, slots=True)
class Calm:
    """A series in which nothing happens."""

    kind: str
    interval: str
    series: Series


@dataclass(frozen=True, slots=True)
class Faulty:
    """A series of one minute with a fault.

    Attributes
    ----------
    age, end : int
        First point of the fault and the one after its last.
    """

    kind: str
    fault: str
    age: int
    end: int
    series: Series


def draw_calm(seed: int, n_seeds: int, interval: str) -> Iterator[Calm]:
    """Draw series of every kind at an interval."""
    interval_s, n_points = LENGTHS[interval]
    for place, kind in enumerate(KINDS):
        for number in range(n_seeds):
            rng = np.random.default_rng([seed, number, place, round(interval_s)])
            yield Calm(kind, interval, _series(_times_s(rng, interval_s, n_points), kind, rng))


def draw_faulty(seed: int, n_seeds: int) -> Iterator[Faulty]:
    """Draw series of every kind with light tails, with every fault at every age."""
    for place, kind in enumerate(LIGHT):
        for number in range(n_seeds):
            for at, (fault, planted) in enumerate(FAULTS.items()):
                for age in FAULT_AGES:
                    rng = np.random.default_rng([seed, number, place, at, age])
                    end = age + planted.n_points
                    drawn = _series(_times_s(rng, LENGTHS["1 min"].interval_s, end + 100), kind, rng)
                    values = drawn.values.copy()
                    values[age:end] = planted.change(rng, values[age:end], robust_deviation(values[:age]))
                    yield Faulty(kind, fault, age, end, Series(drawn.timestamps_ms, values))


def _times_s(rng: np.random.Generator, interval_s: float, n_points: int) -> Float64:
    """Begin at any time of the week."""
    first_s = float(rng.integers(7)) * DAY_S + 3600 * float(rng.integers(24))
    return first_s + interval_s * np.arange(n_points, dtype=np.float64)


def _series(times_s: Float64, kind: str, rng: np.random.Generator) -> Series:
    timestamps_ms = np.rint(1000 * (FIRST_MONDAY_S + times_s)).astype(np.int64)
    return Series(timestamps_ms, KINDS[kind](rng, times_s))
