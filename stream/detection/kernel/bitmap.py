"""Bitmaps of bins, in words of 64 bits."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.arrays import UInt64
from stream.detection.compiler.stage import compiled
from stream.detection.kernel.grid import moved

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
def remove(words: UInt64, bin_: int) -> None:
    """Take a bin out of the set."""
    words[bin_ >> WORD_BITS] &= ~(BIT << np.uint64(bin_ & (WORD - 1)))


@compiled
def clear(words: UInt64) -> None:
    """Take every bin out of the set."""
    for word in range(len(words)):
        words[word] = NO_BINS


@compiled
def is_empty(words: UInt64) -> bool:
    """Check whether no bin is set."""
    seen = NO_BINS
    for word in words:
        seen |= word
    return bool(seen == NO_BINS)


@compiled
def coarsen(words: UInt64, base: int, octaves: int, first: int) -> None:
    """Move every bin to the one that covers it in a coarser grid.

    In place: bins come nearer to the one that stays, over places that are free already if it begins there.

    Parameters
    ----------
    words : uint64, shape (n,)
    base, first : int
        Number in its grid of bin 0, before and after.
    octaves : int
        How much coarser the grid becomes.
    """
    n_bins = len(words) * WORD
    middle = 0
    while middle < n_bins and moved(base + middle, octaves) - first > middle:
        middle += 1
    for away in range(n_bins):
        bin_ = middle - 1 - away if away < middle else away
        if has(words, bin_):
            remove(words, bin_)
            place = moved(base + bin_, octaves) - first
            if 0 <= place < n_bins:
                add(words, place)


@compiled
def coarsen_rows(rows: UInt64, base: int, octaves: int, first: int) -> None:
    """Move every row to the one that covers it; see `coarsen`.

    Parameters
    ----------
    rows : uint64, shape (rows, n)
    """
    n_rows = len(rows)
    middle = 0
    while middle < n_rows and moved(base + middle, octaves) - first > middle:
        middle += 1
    for away in range(n_rows):
        row = middle - 1 - away if away < middle else away
        place = moved(base + row, octaves) - first
        for word in range(rows.shape[1]):
            bins, rows[row, word] = rows[row, word], NO_BINS
            if 0 <= place < n_rows:
                rows[place, word] |= bins


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
