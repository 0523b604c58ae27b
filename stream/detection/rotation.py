"""The rotation: what a key has not done for 14,000 records and three days is forgotten, and its grids may get finer."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection import maps, pair_map
from stream.detection.record import N_MAPS, Float32, Float64, Int64
from stream.detection.state import State

MIN_RECORDS: Final = 14_000
MIN_TIME_S: Final = 259_200.0
"""A generation lasts at least so long, both in records and in time: three days hold a weekday pattern at any rate."""


def rotate(state: State, slots: Int64, t: Int64, timestamps_s: Float64, statistics: Float32) -> None:
    """Start a new generation, with this record's statistics, for the keys whose current one is old (section 3).

    Parameters
    ----------
    statistics : float32, shape (batch, 5)
    """
    due = t - state.rotation_t[slots] >= MIN_RECORDS
    if due.any():
        due &= timestamps_s - state.rotation_s[slots] >= MIN_TIME_S
    if due.any():
        _rotate(state, slots[due], statistics[due, :N_MAPS])
        state.rotation_t[slots[due]] = t[due]
        state.rotation_s[slots[due]] = timestamps_s[due]


def _rotate(state: State, slots: Int64, first: Float32) -> None:
    """Make the current generation of these keys the previous one; `first` are the first statistics of the new one."""
    state.previous_low[slots], state.previous_high[slots] = state.low[slots], state.high[slots]
    state.low[slots] = state.high[slots] = first
    maps.rotate(state, np.repeat(slots, N_MAPS), np.tile(np.arange(N_MAPS), len(slots)))
    pair_map.rotate(state, slots)
