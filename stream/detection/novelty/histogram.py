"""Histogram of each statistic, on a grid that adapts."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.arrays import EMPTY_EXPONENT, N_BINS
from stream.detection.compiler.stage import compiled
from stream.detection.kernel import bitmap
from stream.detection.kernel.grid import VALUE, centred, coarsened, hull, moved, refined, scaled
from stream.detection.seasonal import profile
from stream.detection.state.key import Key

MAX_SPAN: Final = N_BINS - 2
N_WORDS: Final = N_BINS // bitmap.WORD
CURRENT, PREVIOUS = 0, 1


@compiled
def bin_of(key: Key, of: int, y: np.float32) -> float:
    """Extend the range and grid; return the value's bin.

    Returns
    -------
    float
        Bins from the grid's lower edge, in [0, 256). Bin 0 of the value's map stays free: the profile's code 0 means
        unknown.
    """
    key.low[of] = min(key.low[of], y)
    key.high[of] = max(key.high[of], y)
    place = _position(key, of, y)
    if not (1.0 if of == VALUE else 0.0) <= place < N_BINS:
        _coarsen(key, of)
        place = _position(key, of, y)
    return place


@compiled
def distance_and_insert(key: Key, of: int, place: float) -> float:
    """Return the distance to all seen bins; insert (section 4).

    Returns
    -------
    float
        To the centre of the nearest bin seen, in the metric's unit; 0 where the bin itself was seen.
    """
    current, previous, bin_ = key.bits[CURRENT, of], key.bits[PREVIOUS, of], int(place)
    if bitmap.has(current, bin_):
        return 0.0
    away = 0.0
    if not bitmap.has(previous, bin_):
        away = bitmap.nearest(current, previous, place, math.inf)
        key.occupied[of] += np.uint16(1)
    bitmap.add(current, bin_)
    return scaled(away, int(key.exponent[of])) if away < math.inf else 0.0


@compiled
def occupied_width(key: Key, of: int) -> float:
    """Return the width of all occupied bins, metric's unit."""
    return scaled(float(key.occupied[of]), int(key.exponent[of]))


@compiled
def expire(key: Key, of: int) -> None:
    """Expire the old generation; refine the grid (section 3).

    The hull has been rotated before.
    """
    low, high = hull(key, of)
    exponent, base = int(key.exponent[of]), int(key.base[of])
    finer = refined(low, high, exponent, MAX_SPAN, EMPTY_EXPONENT)
    first = centred(low, high, finer, N_BINS - 1) if finer < exponent else base
    bitmap.clear(key.bits[PREVIOUS, of])
    for bin_ in range(N_BINS):
        old = moved(first + bin_, exponent - finer) - base
        if 0 <= old < N_BINS and bitmap.has(key.bits[CURRENT, of], old):
            bitmap.add(key.bits[PREVIOUS, of], bin_)
    bitmap.clear(key.bits[CURRENT, of])
    _place(key, of, finer, first)


@compiled
def _position(key: Key, of: int, y: np.float32) -> float:
    return scaled(float(y), -int(key.exponent[of])) - float(key.base[of])


@compiled
def _coarsen(key: Key, of: int) -> None:
    """Coarsen a histogram until it holds its range."""
    low, high = hull(key, of)
    exponent, base = int(key.exponent[of]), int(key.base[of])
    coarser = coarsened(low, high, exponent, MAX_SPAN)
    first = centred(low, high, coarser, N_BINS - 1)
    for generation in range(2):
        bitmap.coarsen(key.bits[generation, of], base, coarser - exponent, first)
    _place(key, of, coarser, first)


@compiled
def _place(key: Key, of: int, exponent: int, base: int) -> None:
    """Set the grid of a histogram, and move the profile to it."""
    if of == VALUE:
        profile.recode(key, exponent, base)
    key.exponent[of] = exponent
    key.base[of] = base
    key.occupied[of] = bitmap.count(key.bits[CURRENT, of], key.bits[PREVIOUS, of])
