"""Grids: bins whose width is a power of two, placed so that they hold the hull of what was seen."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from stream.detection.compiler import compiled
from stream.detection.state.key import Key

VALUE: Final = 0
"""The map of the values, whose hull and grid others use too."""


class Hull(NamedTuple):
    """The lowest and the highest of a statistic in both generations, less x0."""

    low: float
    high: float


class ValueGrid(NamedTuple):
    """Where the grid of the value's map lies: width of a bin in the metric's unit, and first bin counted from 0."""

    width: float
    base: float


@compiled
def hull(key: Key, of: int) -> Hull:
    """Give the hull of one of the four statistics."""
    low = min(key.low[of], key.previous_low[of])
    high = max(key.high[of], key.previous_high[of])
    return Hull(float(low), float(high))


@compiled
def value_grid(key: Key) -> ValueGrid:
    """Give the grid that values and profile share."""
    return ValueGrid(math.ldexp(1.0, key.exponent[VALUE]), float(key.base[VALUE]))


@compiled
def span(low: float, high: float, exponent: int) -> int:
    """Count the bins from that of `low` to that of `high`: 0 when it is the same."""
    return math.floor(math.ldexp(high, -exponent)) - math.floor(math.ldexp(low, -exponent))


@compiled
def coarsened(low: float, high: float, exponent: int, limit: int) -> int:
    """Raise an exponent until the hull spans fewer than `limit` bins (section 4).

    The search starts one step before `high - low` is below `limit` + 1 bins, so that a grid still at 2^-107 needs no
    hundred rounds.
    """
    exponent = max(exponent, math.frexp((high - low) / (limit + 1))[1] - 1)
    while span(low, high, exponent) >= limit:
        exponent += 1
    return exponent


@compiled
def refined(low: float, high: float, exponent: int, limit: int, lowest: int) -> int:
    """Lower an exponent, not below `lowest`, while the hull spans fewer than `limit` bins two steps on (section 3)."""
    while high > low and exponent > lowest and span(low, high, exponent - 2) < limit:
        exponent -= 1
    return exponent


@compiled
def centred(low: float, high: float, exponent: int, last: int) -> int:
    """Place a grid of `last` + 1 bins so that the hull lies in its middle; give its first bin."""
    return math.floor(math.ldexp(low, -exponent)) - (last - span(low, high, exponent)) // 2


@compiled
def moved(bin_: int, octaves: int) -> int:
    """Say which bin covers a bin, counted from 0 of what is relative to x0, when all get 2^octaves times as wide."""
    return math.floor(math.ldexp(float(bin_), -octaves))
