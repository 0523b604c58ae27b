"""Bitmaps of bins, in words of 64 bits."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.arrays import UInt64
from stream.detection.compiler import compiled

WORD: Final = 64
WORD_BITS: Final = 6
BIT: Final = np.uint64(1)
NO_BINS: Final = np.uint64(0)


@compiled
def has(words: UInt64, bin_: int) -> bool:
    """Check whether a bin is set."""
    return bool((words[bin_ >> WORD_BITS] >> np.uint64(bin_ & (WORD - 1))) & BIT)


@compiled
def add(words: UInt64, bin_: int) -> None:
    """Put a bin into the set."""
    words[bin_ >> WORD_BITS] |= BIT << np.uint64(bin_ & (WORD - 1))


@compiled
def is_empty(words: UInt64) -> bool:
    """Check whether no bin is set."""
    seen = NO_BINS
    for word in words:
        seen |= word
    return bool(seen == NO_BINS)


@compiled
def count(words: UInt64, others: UInt64) -> int:
    """Count the bins set in either bitmap."""
    n = 0
    for bin_ in range(len(words) * WORD):
        n += has(words, bin_) or has(others, bin_)
    return n


@compiled
def nearest(words: UInt64, others: UInt64, place: float, limit: float) -> float:
    """Return the distance to the nearest bin set in either.

    Parameters
    ----------
    words, others : uint64, shape (n,)
    place : float
        In bins from the lower edge of bin 0.
    limit : float
        The search ends where nothing can be nearer than this.

    Returns
    -------
    float
        In bins; infinite where nothing was found.
    """
    n_bins, found = len(words) * WORD, math.inf
    middle = min(max(int(place), 0), n_bins - 1)
    for away in range(n_bins):
        if away - 0.5 > min(found, limit):
            break
        for bin_ in (middle - away, middle + away):
            if 0 <= bin_ < n_bins and (has(words, bin_) or has(others, bin_)):
                found = min(found, abs(place - 0.5 - bin_))
    return found
