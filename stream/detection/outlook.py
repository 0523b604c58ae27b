"""The outlook: what was forecast for a record long before it came, when nobody could know how it would begin."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.described import Described
from stream.detection.record import OUTLOOK, Bool, Float32, Float64, Int64
from stream.detection.scale import standardised
from stream.detection.state import State

SHORTEST_STEP_S: Final = 300
"""Distance of two far forecasts, at least: 24 of them reach two hours ahead, or 24 records where these are slower."""

SLIPPAGE: Final = 0.1
"""Part of its reach that a far forecast may miss its record by."""

MOST_OCTAVES: Final = 9
"""A stride is 512 records at most."""

FURTHEST: Final = 9
MIN_LOG_WIDTH: Final = -4
MAX_LOG_WIDTH: Final = 3
"""Bounds of a far forecast, as in training."""


def stride(interval_s: Float32) -> Int64:
    """Say how many records lie between two far forecasts of a key: a power of two.

    Parameters
    ----------
    interval_s : float32, of any shape
    """
    octaves = np.rint(np.log2(SHORTEST_STEP_S / np.maximum(interval_s, 1e-3)))
    return np.left_shift(1, np.clip(octaves, 0, MOST_OCTAVES).astype(np.int64))


def due(state: State, slots: Int64, t: Int64, timestamps_s: Float64, record: Described) -> Float32:
    """Compare records with what had been forecast for them.

    Parameters
    ----------
    timestamps_s : float64, shape (batch,)
        Event times; the state's are still those of the records before.

    Returns
    -------
    float32, shape (batch,)
        How many widths of the forecast the record lies above it; 0 where nothing had been forecast.
    """
    forget(state, slots[_after_holes(state, slots, timestamps_s, record)])
    place = t // record.stride % OUTLOOK
    expected = standardised(state.outlook[slots, place], record.scale.centre, record.scale.spread)
    sharpness = state.outlook_sharpness[slots, place].astype(np.float32)
    away: Float32 = (record.inputs[:, 0] - expected) * sharpness
    return away


def _after_holes(state: State, slots: Int64, timestamps_s: Float64, record: Described) -> Bool:
    """Find keys with a hole before this record: it is not the one that their forecasts were meant for."""
    interval_s = state.interval_s[slots]
    late_s = timestamps_s - state.timestamp_s[slots] - interval_s
    holes: Bool = late_s > SLIPPAGE * record.reach * interval_s
    return holes


def forget(state: State, slots: Int64) -> None:
    """Drop the forecasts of keys whose next records are not those that they were meant for."""
    if len(slots):
        state.outlook_sharpness[slots] = 0


def put(state: State, slots: Int64, t: Int64, record: Described, outputs: Float32) -> None:
    """Keep far forecasts until their record comes, if the key has shown that its weeks repeat themselves.

    Before, nobody could know: measured, the first weekend of a key alarmed on two clean series in three.

    Parameters
    ----------
    outputs : float32, shape (batch, 2)
        Centre less what is usual then, and log width, of the logistic distribution forecast; nothing is kept of NaN.
    """
    rows = np.flatnonzero((t + 1) % record.stride == 0)
    keys, place = slots[rows], (t // record.stride % OUTLOOK)[rows]
    reached = np.minimum(np.maximum(outputs[rows, 0] + record.usual[rows], -FURTHEST), FURTHEST)
    log_width = np.minimum(np.maximum(outputs[rows, 1], MIN_LOG_WIDTH), MAX_LOG_WIDTH)
    kept = record.rhythm[1, rows] & ~np.isnan(reached + log_width)
    foretold = record.scale.centre[rows] + record.scale.spread[rows] * np.sinh(reached)
    state.outlook[keys, place] = np.where(kept, foretold, np.float32(0))
    state.outlook_sharpness[keys, place] = np.where(kept, np.exp(-log_width), np.float32(0))
