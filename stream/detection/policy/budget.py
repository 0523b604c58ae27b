"""False-alarm budget: thresholds for a rate of false alarms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from stream.detection.compiler.stage import compiled

DAY_S: Final = 86_400.0

FEWEST, MOST = 5_000.0, 100_000.0
"""Bounds of a budget, in points a false alarm: beyond them nothing was measured."""

RECORD_SCALE, RECORD_POWER = 22.4, 0.15
"""The record threshold at `REFERENCE` points a false alarm, and the power of the budget with which it grows."""

REFERENCE: Final = 43_200.0

SHORTEST_INTERVAL_S: Final = np.finfo(np.float32).tiny

STRICT_FROM: Final = 8_640.0
"""Points a false alarm from which on a budget is strict."""

TAIL_LEAST, TAIL_OFFSET = 12.2, 2.1
"""The tail threshold at least, and what is added to the budget's logarithm where that is more."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One false alarm per time, or per number of points.

    Attributes
    ----------
    period_s, points : float
        Seconds and points; the one that was not given is NaN.
    """

    period_s: float = math.nan
    points: float = math.nan


UNDECIDED: Final = Budget()
"""That of a series whose rules say nothing."""

DEFAULT: Final = Budget(period_s=30 * DAY_S)
"""One false alarm in 30 days."""


@compiled
def in_points(period_s: float, points: float, interval_s: np.float32) -> float:
    """Convert a budget into points for which there may be one false alarm, within the bounds.

    Parameters
    ----------
    period_s, points : float
        As of a `Budget`.
    interval_s : float32
        Usual interval of the series; 0 where it is not known yet.
    """
    asked = period_s / float(max(interval_s, SHORTEST_INTERVAL_S)) if math.isnan(points) else points
    return min(max(asked, FEWEST), MOST)


class Thresholds(NamedTuple):
    """What a budget asks of the evidence, in nats."""

    record: float
    tail: float
    strictness: float
    """See `strictness`."""


@compiled
def thresholds(points: float) -> Thresholds:
    """Compute all that follows from a budget."""
    return Thresholds(record_threshold(points), tail_threshold(points), strictness(points))


@compiled
def strictness(points: float) -> float:
    """Return strictness: 0 to 8,640 points, 1 from 43,200.

    A strict budget asks how improbable things are far beyond what was seen. There, evidence that is the sum of many
    small surprises is worth less, and how heavy the tails are matters more.
    """
    return min(max(math.log(points / STRICT_FROM) / math.log(REFERENCE / STRICT_FROM), 0.0), 1.0)


@compiled
def record_threshold(points: float) -> float:
    """Return the record evidence that alarms (docs/detector.md), nats."""
    return RECORD_SCALE * math.pow(points / REFERENCE, RECORD_POWER)


@compiled
def tail_threshold(points: float) -> float:
    """Return the tail evidence that alarms, in nats."""
    return max(TAIL_LEAST, math.log(points) + TAIL_OFFSET)
