"""Bitmaps: sets of bins in words of 64 bits, bin i being bit i mod 64 of word i // 64."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.record import Float64, UInt8, UInt64

WORD: Final = 64
MASKS: Final = np.uint64(1) << np.arange(WORD, dtype=np.uint64)
AT_OR_BELOW: Final = MASKS | (MASKS - np.uint64(1))
AT_OR_ABOVE: Final = ~(MASKS - np.uint64(1))
NONE: Final = 1000.0
"""Distances above this say that there is no bin: it is more than a map is wide."""


def nearest(words: UInt64, place: Float64) -> Float64:
    """Measure the way from a place to the centre of the nearest bin set in a word.

    Parameters
    ----------
    words : uint64, any shape
    place : float64, same shape
        In bins from the lower edge of bit 0, between -500 and 500.

    Returns
    -------
    float64, same shape
        In bins; above `NONE` for a word of 0.

    Notes
    -----
    The highest bit is read off the exponent of the word as a float64. That conversion may round up to the next power of
    two, hence the bit below the highest is cleared first.
    """
    bit = np.minimum(np.maximum(place, 0), WORD - 1).astype(np.intp)
    below, above = words & AT_OR_BELOW[bit], words & AT_OR_ABOVE[bit]
    highest = ((below & ~(below >> np.uint64(1))).astype(np.float64).view(np.int64) >> 52) - 1023
    lowest = np.bitwise_count((above & -above) - np.uint64(1)).astype(np.float64)
    to_highest = np.where(below, np.abs(place - 0.5 - highest), 2 * NONE)
    return np.minimum(to_highest, np.where(above, np.abs(place - 0.5 - lowest), 2 * NONE))


def unpacked(words: UInt64) -> UInt8:
    """Spread words into one byte a bin: shape (..., n) becomes (..., 64 n)."""
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=-1, bitorder="little")


def packed(bins: UInt8) -> UInt64:
    """Put bins of one byte each into words, the inverse of `unpacked`."""
    return np.packbits(bins, axis=-1, bitorder="little").view(np.uint64)
