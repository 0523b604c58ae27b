"""Traits of a series that decide the detector's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.detection.points.timeline import REGULAR_BELOW

FEWEST: Final = 50
"""Points below which the values are not described."""

RARE_FALL: Final = 0.02
"""Part of all steps that may be falls in what else only rises: a counter's resets."""

DEEP_FALL: Final = 0.5
"""A counter that begins anew falls at least to this part of what it had counted."""

BLOCKS: Final = 8
"""Parts of the series in which level and spread are compared."""

GROWTH: Final = 3.0
"""Factor between the lowest and the highest block below which growth and a trend look alike."""

PROPORTIONAL: Final = (0.6, 1.6)
"""Slope of log spread on log level between which the spread is proportional to the level."""

FAR_OUT: Final = 50.0
"""Distance of the largest thousandth from the median, in interquartile ranges, from which it hides everything else."""

STILL: Final = 0.8
"""Part of all points at one value from which a series is sparse."""

SMALLEST: Final = 1e-10
"""Range of values below which nothing counts as an anomaly: 100 times that of `stream.detection.novelty.surprise`."""


@dataclass(frozen=True, slots=True)
class SeriesTraits:
    """What a series is like."""

    n_points: int
    interval_s: float
    """The usual distance of two points (the median); NaN for a single point."""
    irregularity: float
    """Mean deviation from it, as a share of it, each counted as 1 at most: as the worker learns it."""
    low: float
    high: float
    """Smallest and largest value."""
    n_values: int
    """Different values."""
    most_common: float
    """Share of the points that have the most common value."""
    n_resets: int
    """Falls of a counter; 0 for anything else."""
    is_counter: bool
    is_growth: bool
    has_far_tail: bool
    """Whether the values only rise but for resets; whether level and spread grow by factors; whether the largest values
    are out of all proportion."""

    @property
    def is_regular(self) -> bool:
        """Whether missing points can be recognised."""
        return self.irregularity < REGULAR_BELOW

    @property
    def is_constant(self) -> bool:
        """Whether there is one value only."""
        return self.n_values == 1

    @property
    def is_binary(self) -> bool:
        """Whether there are two values only."""
        return self.n_values == 2

    @property
    def is_sparse(self) -> bool:
        """Whether the value is almost always the same."""
        return self.n_values > 2 and self.most_common >= STILL

    @property
    def is_tiny(self) -> bool:
        """Whether all changes are too small to alarm."""
        return 0 < self.high - self.low < SMALLEST


def describe(timestamps_ms: Int64, values: Float64) -> SeriesTraits:
    """Look at a series.

    Parameters
    ----------
    timestamps_ms : int64, shape (points,)
        Increasing.
    values : float64, shape (points,)
        Finite; at least one.
    """
    intervals_s = np.diff(timestamps_ms) / 1000.0
    interval_s = float(np.median(intervals_s)) if len(intervals_s) else np.nan
    off = np.minimum(np.abs(intervals_s / interval_s - 1), 1) if len(intervals_s) else np.zeros(1)
    different, counts = np.unique(values, return_counts=True)
    enough = len(values) >= FEWEST and len(different) > 2
    falls = np.flatnonzero(np.diff(values) < 0)
    grows = enough and _grows(values)
    counts_up = enough and not grows and _counts_up(values, falls)
    return SeriesTraits(
        n_points=len(values),
        interval_s=interval_s,
        irregularity=float(off.mean()),
        low=float(different[0]),
        high=float(different[-1]),
        n_values=len(different),
        most_common=float(counts.max() / len(values)),
        n_resets=len(falls) if counts_up else 0,
        is_counter=counts_up,
        is_growth=grows,
        has_far_tail=enough and not grows and not counts_up and _far_tail(values),
    )


def _counts_up(values: Float64, falls: Int64) -> bool:
    """Check whether values only rise, but for resets.

    Rises must be the rule among the steps that are none.
    """
    n_rises = int(np.count_nonzero(np.diff(values) > 0))
    deep = values[falls + 1] <= DEEP_FALL * values[falls]
    return bool(values.min() >= 0 and deep.all() and n_rises > 0.1 * len(values) and len(falls) <= RARE_FALL * n_rises)


def _grows(values: Float64) -> bool:
    """Check for multiplicative growth: level and steps scale together."""
    blocks = np.array_split(values, BLOCKS)
    levels = np.array([np.median(block) for block in blocks])
    spreads = np.array([np.median(np.abs(np.diff(block))) for block in blocks])
    if levels.min() <= 0 or spreads.min() <= 0 or levels.max() < GROWTH * levels.min():
        return False
    steps = np.diff(levels)
    slope, _ = np.polyfit(np.log(levels), np.log(spreads), 1)
    return bool((steps > 0).all() or (steps < 0).all()) and bool(PROPORTIONAL[0] <= slope <= PROPORTIONAL[1])


def _far_tail(values: Float64) -> bool:
    """Check whether a few extremes dwarf all other values."""
    low, middle, high, largest = np.quantile(values, [0.25, 0.5, 0.75, 0.999])
    return bool(high > low and values.min() >= 0 and largest - middle > FAR_OUT * (high - low))
