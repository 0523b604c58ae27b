"""The rotation: what a key has not done for 14,000 records and three days is forgotten, and its grids may get finer."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection import maps, pair_map
from stream.detection.batch import Batch
from stream.detection.constant import integer
from stream.detection.record import N_MAPS, Float32, Float64, Int64

MIN_RECORDS: Final = integer(14_000)
MIN_TIME_S: Final = 259_200.0
"""A generation lasts at least so long, both in records and in time: three days hold a weekday pattern at any rate."""


def rotate(batch: Batch, timestamps_s: Float64, statistics: Float32) -> None:
    """Start a new generation, with this record's statistics, for the keys whose current one is old (section 3).

    Parameters
    ----------
    statistics : float32, shape (5, batch)
    """
    state = batch.state
    rows = (batch.t - state.rotation_t.take(batch.slots) >= MIN_RECORDS).nonzero()[0]
    if len(rows):
        rows = rows[timestamps_s[rows] - state.rotation_s[batch.slots[rows]] >= MIN_TIME_S]
    if len(rows):
        _rotate(batch, rows, statistics[:N_MAPS, rows])
        state.rotation_t[batch.slots[rows]] = batch.t[rows]
        state.rotation_s[batch.slots[rows]] = timestamps_s[rows]


def _rotate(batch: Batch, rows: Int64, first: Float32) -> None:
    """Make the current generation of these keys the previous one; `first` are the first statistics of the new one."""
    batch.previous_low[:, rows], batch.previous_high[:, rows] = batch.low[:, rows], batch.high[:, rows]
    batch.low[:, rows] = batch.high[:, rows] = first
    maps.rotate(batch, np.repeat(rows, N_MAPS), np.tile(np.arange(N_MAPS), len(rows)))
    pair_map.rotate(batch, rows)
