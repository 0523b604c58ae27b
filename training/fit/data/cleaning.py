"""Cleaning: the points of one series in the order of time, each time once, as a live worker would keep them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from stream.detection.arrays import Float64, Int64


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A series that can be learned from, and what was done to it.

    Attributes
    ----------
    timestamps_ms : int64, shape (points,)
        Strictly increasing.
    values : float64, shape (points,)
        Finite.
    n_late : int
        Points that were read after a later one.
    n_duplicates : int
        Points left out since their time had been seen; as in the worker, the first that was read stays.
    n_older : int
        Points left out since there are enough newer ones.
    """

    timestamps_ms: Int64
    values: Float64
    n_late: int
    n_duplicates: int
    n_older: int


def clean(pieces: Iterable[tuple[Int64, Float64]], n_most: int) -> Cleaned:
    """Sort points and leave out repeated times and what is older than the newest `n_most`.

    However many points there are, a piece and the newest `n_most` points are in memory.

    Parameters
    ----------
    pieces : iterable of (int64, float64)
        Times in milliseconds and values, in the order in which they were read.
    """
    timestamps_ms, values = np.zeros(0, np.int64), np.zeros(0)
    newest, n_read, n_late, n_duplicates = -1, 0, 0, 0
    for piece_ms, piece in pieces:
        seen = np.maximum.accumulate(np.concatenate([[newest], piece_ms]))
        newest, n_read = int(seen[-1]), n_read + len(piece)
        n_late += int(np.count_nonzero(piece_ms < seen[:-1]))
        timestamps_ms, values = np.concatenate([timestamps_ms, piece_ms]), np.concatenate([values, piece])
        n_before = len(timestamps_ms)
        timestamps_ms, first = np.unique(timestamps_ms, return_index=True)
        n_duplicates += n_before - len(timestamps_ms)
        timestamps_ms, values = timestamps_ms[-n_most:], values[first][-n_most:]
    n_older = n_read - n_duplicates - len(values)
    return Cleaned(timestamps_ms, values, n_late, n_duplicates, n_older)
