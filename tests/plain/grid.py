"""Where the bins of a map lie."""

from dataclasses import dataclass
from math import floor, ldexp
from typing import Self

from numpy import float32

from tests.plain.hull import Hull

FINEST_EXPONENT = -107


def n_edges(hull: Hull, exponent: int) -> int:
    """Number of bin edges between the ends of a hull, for bins of width 2^exponent."""
    return floor(ldexp(float(hull.hi), -exponent)) - floor(ldexp(float(hull.lo), -exponent))


def coarsened(exponent: int, hull: Hull, limit: int) -> int:
    """The first exponent, from the given one upwards, with which the hull crosses fewer than `limit` edges."""
    while n_edges(hull, exponent) >= limit:
        exponent += 1
    return exponent


def refined(exponent: int, hull: Hull, limit: int) -> int:
    """The exponent lowered while bins four times as fine would still do.

    Four times, not twice: one octave stays in hand, so that a grid just refined is not coarsened by the next record.
    """
    while hull.hi > hull.lo and exponent > FINEST_EXPONENT and n_edges(hull, exponent - 2) < limit:
        exponent -= 1
    return exponent


@dataclass(frozen=True)
class Grid:
    """Bins of width 2^exponent; bin 0 begins at base * 2^exponent. Float64 arithmetic."""

    exponent: int
    base: int

    @classmethod
    def centred(cls, lo: float, hi: float, exponent: int, last_bin: int) -> Self:
        """Grid of bins 0..last_bin with lo..hi in their middle."""
        first = floor(ldexp(lo, -exponent))
        last = floor(ldexp(hi, -exponent))
        return cls(exponent, first - (last_bin - (last - first)) // 2)

    def position(self, y: float32) -> float:
        """Distance of `y` from the left edge of bin 0, in bins."""
        return ldexp(float(y), -self.exponent) - self.base

    def bins_of(self, old: "Grid", old_bin: int) -> range:
        """Bins that a bin of an older grid becomes: the coarser one around it, or all the finer ones it covers."""
        octaves = old.exponent - self.exponent
        if octaves > 0:
            first = ((old.base + old_bin) << octaves) - self.base
            return range(first, first + (1 << octaves))
        only = ((old.base + old_bin) >> -octaves) - self.base
        return range(only, only + 1)


def inside(bins: range, last: int) -> range:
    """The part of a range of bins that lies on a map of bins 0..last; the rest is lost."""
    return range(max(bins.start, 0), min(bins.stop, last + 1))
