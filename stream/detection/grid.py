"""Grids: bins whose width is a power of two, placed so that they hold the hull of what was seen."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.batch import Batch
from stream.detection.record import Float64, Int16, Int32, Int64

WIDTHS: Final = np.ldexp(1.0, (np.arange(256) + 128) % 256 - 128)
"""2^e at index e, negative ones from the end: all that values within the gate's bounds can need, and float32 hold."""


class ValueGrid(NamedTuple):
    """Where the grids of the value's maps lie, both float64 of shape (batch,)."""

    width: Float64
    """Width of a bin in the metric's unit."""
    base: Float64
    """First bin, counted from 0 of what is relative to x0."""

    def of(self, rows: Int64) -> ValueGrid:
        """Take some keys of the batch."""
        return ValueGrid(self.width.take(rows), self.base.take(rows))


def widths(exponent: Int16) -> Float64:
    """Give 2^exponent, from -128 to 127, of any shape."""
    width: Float64 = WIDTHS.take(exponent)
    return width


def hull(batch: Batch) -> tuple[Float64, Float64]:
    """Give the lowest and the highest value of both generations, relative to x0, each of shape (batch,)."""
    low = np.minimum(batch.low[0], batch.previous_low[0])
    high = np.maximum(batch.high[0], batch.previous_high[0])
    return low.astype(np.float64), high.astype(np.float64)


def hulls(batch: Batch, rows: Int64, maps: Int64) -> tuple[Float64, Float64]:
    """Give the lowest and the highest of some statistics.

    Parameters
    ----------
    rows, maps : int64, shape (n,)
        Keys of the batch, and which of its four statistics.

    Returns
    -------
    low, high : float64, shape (n,)
    """
    low = np.minimum(batch.low[maps, rows], batch.previous_low[maps, rows])
    high = np.maximum(batch.high[maps, rows], batch.previous_high[maps, rows])
    return low.astype(np.float64), high.astype(np.float64)


def span(low: Float64, high: Float64, exponent: Int16) -> Float64:
    """Count the bins from that of `low` to that of `high`: 0 when it is the same."""
    bins: Float64 = np.floor(np.ldexp(high, -exponent)) - np.floor(np.ldexp(low, -exponent))
    return bins


def coarsened(low: Float64, high: Float64, exponent: Int16, limit: int) -> Int16:
    """Raise exponents until the hull spans fewer than `limit` bins (section 4).

    The search starts one step before `high - low` is below `limit` + 1 bins, so that a grid still
    at 2^-107 needs no hundred rounds.
    """
    exponent = np.maximum(exponent, np.frexp((high - low) / (limit + 1))[1] - 1).astype(np.int16)
    while (wide := span(low, high, exponent) >= limit).any():
        exponent += wide
    return exponent


def refined(low: Float64, high: Float64, exponent: Int16, limit: int, lowest: int) -> Int16:
    """Lower exponents, not below `lowest`, while the hull spans fewer than `limit` bins two steps on (section 3)."""
    exponent = exponent.copy()
    apart = high > low
    while (loose := apart & (exponent > lowest) & (span(low, high, exponent - 2) < limit)).any():
        exponent -= loose
    return exponent


def centred(low: Float64, high: Float64, exponent: Int16, last: int) -> Int32:
    """Place grids of `last` + 1 bins so that the hull lies in their middle; return their bases."""
    first = np.floor(np.ldexp(low, -exponent))
    base: Int32 = (first - np.floor((last - span(low, high, exponent)) / 2)).astype(np.int32)
    return base


def covering(exponent: Int16, base: Int32, old_exponent: Int16, old_base: Int32, n_bins: int) -> Int64:
    """Say for every bin of new, finer grids which bin of the old one covers it.

    Returns
    -------
    int64, shape (n, n_bins)
        Bins outside the old grid are among them.
    """
    bins = (base[:, None] + np.arange(n_bins)).astype(np.float64)
    old = np.floor(np.ldexp(bins, (exponent - old_exponent)[:, None])) - old_base[:, None]
    covered: Int64 = old.astype(np.int64)
    return covered
