"""Bitmaps: sets of bins in words of 64 bits, bin i being bit i mod 64 of word i // 64."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.constant import double, integer
from stream.detection.record import Float64, Int64, UInt8, UInt64

WORD: Final = 64
MASKS: Final = np.uint64(1) << np.arange(WORD, dtype=np.uint64)
AT_OR_BELOW: Final = MASKS | (MASKS - np.uint64(1))
AT_OR_ABOVE: Final = ~(MASKS - np.uint64(1))
WORD_BITS: Final = integer(6)
IN_WORD: Final = integer(WORD - 1)
UNSEEN: Final = np.array(0, np.uint64)
"""What is left of a word by the mask of a bin that is not set."""

FIRST, LAST, HALF = double(0), double(WORD - 1), double(0.5)
ONE: Final = np.array(1, np.uint64)
MANTISSA, BIAS = integer(52), integer(1023)
"""Bits of a float64 below its exponent, and the exponent that stands for 2^0."""

NONE: Final = double(500)
"""Distances above this say that there is no bin: it is more than a map is wide."""


def masks(bins: Int64) -> UInt64:
    """Give the masks of bins within their words, which are those of number `bins >> WORD_BITS`."""
    return MASKS.take(bins & IN_WORD)


def nearest(words: UInt64, place: Float64) -> Float64:
    """Measure the way from a place to the centre of the nearest bin set in a word.

    Parameters
    ----------
    words : uint64, any shape
    place : float64, same shape or one that is broadcast to it
        In bins from the lower edge of bit 0, between -500 and 500.

    Returns
    -------
    float64, shape of the words
        In bins; above `NONE` for a word of 0.

    Notes
    -----
    The highest and the lowest bit are read off the exponents of words as float64; that of 0 is -1023, farther away than
    any bin. The conversion may round up to the next power of two, hence the bit below the highest is cleared first.
    """
    bit = np.minimum(np.maximum(place, FIRST), LAST).astype(np.intp)
    below, above = words & AT_OR_BELOW.take(bit), words & AT_OR_ABOVE.take(bit)
    ends = np.empty((2, *words.shape))
    ends[0], ends[1] = below & ~(below >> ONE), above & -above
    bins = (ends.view(np.int64) >> MANTISSA) - BIAS
    away = np.absolute(place - HALF - bins)
    nearer: Float64 = np.minimum(away[0], away[1])
    return nearer


def unpacked(words: UInt64) -> UInt8:
    """Spread words into one byte a bin: shape (..., n) becomes (..., 64 n)."""
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=-1, bitorder="little")


def packed(bins: UInt8) -> UInt64:
    """Put bins of one byte each into words, the inverse of `unpacked`."""
    return np.packbits(bins, axis=-1, bitorder="little").view(np.uint64)
