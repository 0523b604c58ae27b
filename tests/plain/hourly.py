"""Sizes that are usual at an hour: how far off values are, and how much they change."""

from dataclasses import dataclass, field
from math import inf, ldexp, log2
from typing import NamedTuple

from numpy import float32

UNKNOWN = 0
CODES_PER_OCTAVE = 8
CODE_OF_ONE_BIN = 128
LARGEST_CODE = 255
NEWEST_WEIGHT = 0.3


class HourlyBaseline(NamedTuple):
    """What a moment usually shows: a value relative to the key's first, and how far off it usually is, 0 if unknown."""

    value: float32
    spread: float32


@dataclass
class Sizes:
    """One size for each hour of a cycle, kept as a byte: eighths of an octave above 2^-16 bins, 0 = unknown."""

    n_slots: int
    codes: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Start with every hour unknown."""
        self.codes = [UNKNOWN] * self.n_slots

    def usual(self, slot: int, exponent: int) -> float32:
        """Return the size of an hour in units of x, for bins of width 2^exponent; 0 if it is unknown."""
        return float32(self._size(slot, exponent)) if self.codes[slot] else float32(0)

    def in_bins(self, slot: int) -> float:
        """Return the size of an hour in bins; 0 if it is unknown."""
        return self._size(slot, 0) if self.codes[slot] else 0.0

    def learn(self, slot: int, size: float32, exponent: int, most: float = inf) -> None:
        """Average the size of an hour that is over into what is known of it; it counts `most` times that at most."""
        before = self._size(slot, exponent)
        counted = min(float(size), most * before)
        new = before + NEWEST_WEIGHT * (counted - before) if self.codes[slot] else float(size)
        self.codes[slot] = _clipped(round(_octaves(ldexp(new, -exponent)) * CODES_PER_OCTAVE) + CODE_OF_ONE_BIN)

    def move(self, octaves: int) -> None:
        """Write the sizes in bins that are so many octaves finer."""
        self.codes = [code and _clipped(code + CODES_PER_OCTAVE * octaves) for code in self.codes]

    def _size(self, slot: int, exponent: int) -> float:
        return ldexp(2.0 ** ((self.codes[slot] - CODE_OF_ONE_BIN) / CODES_PER_OCTAVE), exponent)


def _octaves(bins: float) -> float:
    smallest = 2.0 ** ((1 - CODE_OF_ONE_BIN) / CODES_PER_OCTAVE)
    return log2(max(bins, smallest))


def _clipped(code: int) -> int:
    return min(max(code, 1), LARGEST_CODE)
