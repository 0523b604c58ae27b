"""The suite: which series are drawn, at which intervals, and where faults are planted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from stream.detection.arrays import Float64
from stream.detection.backtest import Series
from training.evaluation.calm.kinds import DAY_S, KINDS, LIGHT

Fault: TypeAlias = Callable[[np.random.Generator, Float64, float], Float64]
"""Changes the values of the fault's points; the last argument is a robust deviation of the series."""

GRACE: Final = 24
"""Points after a fault in which a page is still its own."""

FIRST_MONDAY_S: Final = 1_704_067_200.0
"""1 January 2024, a Monday, midnight UTC."""

FAULT_AGES: Final = (2_500, 5_000)
"""Points after which a fault begins."""


class Planted(NamedTuple):
    """A fault: what it does, and to how many points."""

    change: Fault
    n_points: int


def _variance(rng: np.random.Generator, values: Float64, deviation: float) -> Float64:
    added: Float64 = np.sqrt(2) * deviation * rng.normal(size=len(values))
    return values + added


FAULTS: Final[dict[str, Planted]] = {
    "spike of 6": Planted(lambda rng, values, deviation: values + 6 * deviation, 1),
    "spike of 10": Planted(lambda rng, values, deviation: values + 10 * deviation, 1),
    "shift of 3": Planted(lambda rng, values, deviation: values + 3 * deviation, 100),
    "shift of 4": Planted(lambda rng, values, deviation: values + 4 * deviation, 100),
    "flat line": Planted(lambda rng, values, deviation: np.full_like(values, values[0]), 100),
    "dropout": Planted(lambda rng, values, deviation: np.full_like(values, min(0, values.mean() - 8 * deviation)), 20),
    "variance x 3": Planted(_variance, 100),
    "slow ramp to 5": Planted(lambda rng, values, deviation: values + np.linspace(0, 5, len(values)) * deviation, 300),
    "(nothing)": Planted(lambda rng, values, deviation: values, 100),
}
"""By name; the last shows what would have been found without a fault."""


def robust_deviation(values: Float64) -> float:
    """Return 1.4826 times the median distance from the median, or the deviation where that is 0."""
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return spread or float(values.std())


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


@dataclass(frozen=True, slots=True)
class Calm:
    """A series in which nothing happens."""

    kind: str
    interval: str
    series: Series


@dataclass(frozen=True, slots=True)
class Faulty:
    """A series of one minute with a fault."""

    kind: str
    fault: str
    age: int
    end: int
    """First point of the fault and the one after its last."""
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
