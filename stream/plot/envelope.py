"""Envelopes: long series shortened without losing spikes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection.arrays import Float64, Int64

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
    """

    starts: Int64
    n_rows: int

    @classmethod
    def of(cls, n_rows: int, n_bins: int = N_BINS) -> Bins:
        """Split rows into at most so many equal bins."""
        return cls(np.arange(0, n_rows, -(-n_rows // n_bins)), n_rows)

    def low(self, values: Float64) -> Float64:
        """Return each bin's minimum, or NaN."""
        return np.fmin.reduceat(values, self.starts)

    def high(self, values: Float64) -> Float64:
        """Return each bin's maximum, or NaN."""
        return np.fmax.reduceat(values, self.starts)

    def line(self, values: Float64) -> tuple[Int64, Float64]:
        """Return a line through each bin's minimum and maximum."""
        rows = np.repeat(self.starts, 2)
        return rows, np.stack([self.low(values), self.high(values)], axis=1).ravel()

    def holes(self, timestamps_ms: Int64) -> Int64:
        """Return the bins that follow a long gap."""
        apart = np.diff(timestamps_ms[self.starts])
        return np.flatnonzero(apart > HOLE * np.median(apart)) + 1 if len(apart) else apart
