"""Grids of power-of-two bins around what was seen."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.state.key import Key

VALUE: Final = 0
"""The map of the values, whose hull and grid others use too."""


WIDEST: Final = 512
POWERS: Final = 2.0 ** np.arange(-WIDEST, WIDEST + 1)
"""Powers of two. A grid's bins are of 2^-109 at least, and of 2^60 at most."""


class Hull(NamedTuple):
    """Range of a statistic in both generations, less x0."""

    low: float
    high: float


class ValueGrid(NamedTuple):
    """Grid of the values: bin width and first bin."""

    width: float
    base: float


@compiled
def scaled(value: float, exponent: int) -> float:
    """Return value * 2^exponent: `ldexp`, without the call."""
    return value * float(POWERS[WIDEST + exponent])


@compiled
def hull(key: Key, of: int) -> Hull:
    """Return the range of one of the four statistics."""
    low = min(key.low[of], key.previous_low[of])
    high = max(key.high[of], key.previous_high[of])
    return Hull(float(low), float(high))


@compiled
def value_grid(key: Key) -> ValueGrid:
    """Return the grid shared by values and profile."""
    return ValueGrid(scaled(1.0, int(key.exponent[VALUE])), float(key.base[VALUE]))


@compiled
def span(low: float, high: float, exponent: int) -> int:
    """Return the bins between `low` and `high`."""
    return math.floor(scaled(high, -exponent)) - math.floor(scaled(low, -exponent))


@compiled
def coarsened(low: float, high: float, exponent: int, limit: int) -> int:
    """Raise an exponent until the range fits (section 4).

    The search starts one step before `high - low` is below `limit` + 1 bins, so that a grid still at 2^-107 needs no
    hundred rounds.
    """
    exponent = max(exponent, math.frexp((high - low) / (limit + 1))[1] - 1)
    while span(low, high, exponent) >= limit:
        exponent += 1
    return exponent


@compiled
def refined(low: float, high: float, exponent: int, limit: int, lowest: int) -> int:
    """Lower an exponent while the range still fits (section 3)."""
    while high > low and exponent > lowest and span(low, high, exponent - 2) < limit:
        exponent -= 1
    return exponent


@compiled
def centred(low: float, high: float, exponent: int, last: int) -> int:
    """Centre a grid of `last` + 1 bins; return its first."""
    return math.floor(scaled(low, -exponent)) - (last - span(low, high, exponent)) // 2


@compiled
def moved(bin_: int, octaves: int) -> int:
    """Return the bin after coarsening by octaves."""
    return math.floor(scaled(float(bin_), -octaves))
