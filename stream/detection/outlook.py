"""The outlook: what was forecast for a record long before it came, when nobody could know how it would begin."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.batch import Batch
from stream.detection.constant import ZERO, integer, single
from stream.detection.described import MOST_OCTAVES, REACHES, Described
from stream.detection.record import OUTLOOK, Bool, Float32, Float64, Int64
from stream.detection.scale import standardised

SHORTEST_STEP_S: Final = 300
"""Distance of two far forecasts, at least: 24 of them reach two hours ahead, or 24 records where these are slower."""

STEP_S: Final = single(SHORTEST_STEP_S)
RING: Final = integer(OUTLOOK)

SLIPPAGE: Final = 0.1
"""Part of its reach that a far forecast may miss its record by."""

SLIPPAGES: Final = SLIPPAGE * REACHES

SHORTEST_INTERVAL_S: Final = single(1e-3)
MOST: Final = single(MOST_OCTAVES)

FURTHEST: Final = single(9)
MIN_LOG_WIDTH: Final = single(-4)
MAX_LOG_WIDTH: Final = single(3)
"""Bounds of a far forecast, as in training."""


def octaves(interval_s: Float32) -> Int64:
    """Say how many records lie between two far forecasts of a key, as a power of two.

    Parameters
    ----------
    interval_s : float32, of any shape
    """
    exact = np.log2(STEP_S / np.maximum(interval_s, SHORTEST_INTERVAL_S))
    return np.minimum(np.maximum(np.rint(exact), ZERO), MOST).astype(np.int64)


def waiting_place(batch: Batch, octave: Int64) -> Int64:
    """Say which of the far forecasts that wait is for these records."""
    return (batch.t >> octave) % RING


def due(batch: Batch, timestamps_s: Float64, record: Described) -> Float32:
    """Compare records with what had been forecast for them.

    Parameters
    ----------
    timestamps_s : float64, shape (batch,)
        Event times; the batch's are still those of the records before.

    Returns
    -------
    float32, shape (batch,)
        How many widths of the forecast the record lies above it; 0 where nothing had been forecast.
    """
    forget(batch, _after_holes(batch, timestamps_s, record))
    at = batch.slots * RING + record.place
    foretold = batch.state.outlook.reshape(-1).take(at)
    expected = standardised(foretold, record.scale.centre, record.scale.spread)
    sharpness = batch.state.outlook_sharpness.reshape(-1).take(at).astype(np.float32)
    away: Float32 = (record.value - expected) * sharpness
    return away


def _after_holes(batch: Batch, timestamps_s: Float64, record: Described) -> Bool:
    """Find keys with a hole before this record: it is not the one that their forecasts were meant for."""
    late_s = timestamps_s - batch.timestamp_s - batch.interval_s
    holes: Bool = late_s > SLIPPAGES.take(record.octave) * batch.interval_s
    return holes


def forget(batch: Batch, lost: Bool) -> None:
    """Drop the forecasts of keys whose next records are not those that they were meant for.

    Parameters
    ----------
    lost : bool, shape (batch,)
    """
    if np.count_nonzero(lost):
        batch.state.outlook_sharpness[batch.slots[lost]] = 0


def put(batch: Batch, record: Described, centre: Float32, log_width: Float32) -> None:
    """Keep far forecasts until their record comes, if it is known what that moment of the week shows.

    Before the key has shown that its weeks repeat themselves, nobody could know: measured, its first weekend alarmed on
    two clean series in three. And a burst in its first week was expected again in the second.

    Parameters
    ----------
    centre, log_width : float32, shape (batch,)
        Of the logistic distribution forecast; the centre less what is usual then. Nothing is kept of NaN.
    """
    reached = np.minimum(np.maximum(centre + record.usual, -FURTHEST), FURTHEST)
    width = np.minimum(np.maximum(log_width, MIN_LOG_WIDTH), MAX_LOG_WIDTH)
    kept = record.sure & ~np.isnan(reached + width)
    foretold = np.where(kept, record.scale.centre + record.scale.spread * np.sinh(reached), ZERO)
    sharpness = np.where(kept, np.exp(-width), ZERO).astype(np.float16)
    rows = ((batch.t + 1) & (record.stride - 1) == 0).nonzero()[0]
    at = batch.slots.take(rows) * OUTLOOK + record.place.take(rows)
    batch.state.outlook.reshape(-1)[at] = foretold.take(rows)
    batch.state.outlook_sharpness.reshape(-1)[at] = sharpness.take(rows)
