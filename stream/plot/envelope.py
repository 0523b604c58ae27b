"""Envelopes: long series made short enough to be drawn, without losing a single spike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection.state.layout import Float64, Int64

N_BINS = 1_000
"""About as many as a figure has columns of pixels."""

HOLE = 10
"""Usual distances of two bins from which on they lie too far apart for a line."""


class Bins(NamedTuple):
    """Rows put together.

    Attributes
    ----------
    starts : int64, shape (bins,)
        First row of each.
    n_rows : int
    """

    starts: Int64
    n_rows: int

    @classmethod
    def of(cls, n_rows: int, n_bins: int = N_BINS) -> Bins:
        """Cut rows into at most so many bins of the same length; few rows stay as they are."""
        return cls(np.arange(0, n_rows, -(-n_rows // n_bins)), n_rows)

    def low(self, values: Float64) -> Float64:
        """Give each bin's smallest value; NaN where it has none."""
        return np.fmin.reduceat(values, self.starts)

    def high(self, values: Float64) -> Float64:
        """Give each bin's largest value; NaN where it has none."""
        return np.fmax.reduceat(values, self.starts)

    def line(self, values: Float64) -> tuple[Int64, Float64]:
        """Give rows and values of a line through each bin's smallest and largest value."""
        rows = np.repeat(self.starts, 2)
        return rows, np.stack([self.low(values), self.high(values)], axis=1).ravel()

    def holes(self, timestamps_ms: Int64) -> Int64:
        """Give the bins in front of which nothing came for long, so that no line is drawn across."""
        apart = np.diff(timestamps_ms[self.starts])
        return np.flatnonzero(apart > HOLE * np.median(apart)) + 1 if len(apart) else apart
