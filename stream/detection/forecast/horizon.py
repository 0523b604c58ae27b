"""Long-horizon forecasts, queued until their record arrives."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import OUTLOOK
from stream.detection.compiler.stage import compiled
from stream.detection.kernel.scale import Scale, standardised
from stream.detection.state.key import Key
from stream.detection.state.step_record import StepRecord

SHORTEST_STEP_S: Final = 300
"""Distance of two far forecasts, at least: 24 of them reach two hours ahead, or 24 records where these are slower."""

MOST_OCTAVES: Final = 9
"""A stride is 512 records at most."""

STRIDES: Final = 2 ** np.arange(MOST_OCTAVES + 1)
"""Records from one far forecast to the next, by octave."""

REACHES: Final = OUTLOOK * STRIDES - (STRIDES - 1) // 2
"""Records that a far forecast looks ahead: to the middle of those that it is held against."""

RATES: Final = (1 / STRIDES).astype(np.float32)
"""Part of the way from one far forecast to the next that a record is."""

SLIPPAGE: Final = 0.1
"""Part of its reach that a far forecast may miss its record by."""

SHORTEST_INTERVAL_S: Final = np.float32(1e-3)

FURTHEST: Final = np.float32(9)
MIN_LOG_WIDTH: Final = np.float32(-4)
MAX_LOG_WIDTH: Final = np.float32(3)
"""Bounds of a far forecast, as in training."""

NOTHING: Final = np.float32(0)


@compiled
def octaves(interval_s: np.float32) -> int:
    """Return log2 of the records between far forecasts."""
    exact = math.log2(SHORTEST_STEP_S / max(interval_s, SHORTEST_INTERVAL_S))
    return int(min(max(np.rint(exact), 0.0), float(MOST_OCTAVES)))


@compiled
def slot_of(t: int, octave: int) -> int:
    """Return the queue slot of record t's far forecast."""
    return (t >> octave) % OUTLOOK


class ForecastError(NamedTuple):
    """How wrong the far forecast of a record was."""

    known: bool
    """Whether there was one."""
    error: np.float32
    """Widths of the forecast that the record lies above it; 0 without one."""


@compiled
def pop_error(key: Key, timestamp_s: float, record: StepRecord) -> ForecastError:
    """Compare a record with its queued far forecast.

    Parameters
    ----------
    timestamp_s : float
        Event time; the key's is still that of the record before.
    """
    late_s = timestamp_s - key.timestamp_s - key.interval_s
    if late_s > SLIPPAGE * REACHES[record.octave] * key.interval_s:
        clear(key)  # After a hole, the next records are not those that the forecasts were meant for.
    expected = standardised(key.outlook[record.horizon_slot], Scale(record.centre, record.spread))
    sharpness = key.outlook_sharpness[record.horizon_slot]
    return ForecastError(sharpness > NOTHING, np.float32((record.value - expected) * sharpness))


@compiled
def clear(key: Key) -> None:
    """Drop the far forecasts of a key."""
    for place in range(OUTLOOK):
        key.outlook_sharpness[place] = NOTHING


@compiled
def push(key: Key, record: StepRecord, centre: np.float32, log_width: np.float32) -> None:
    """Queue a far forecast if its seasonal mean is known.

    Before the key has shown that its weeks repeat themselves, nothing is known: measured, its first weekend alarmed on
    two clean series in three. And a burst in its first week was expected again in the second.

    Parameters
    ----------
    centre, log_width : float32
        Of the logistic distribution forecast; the centre less what is usual then. Nothing is kept of NaN.
    """
    if (record.t + 1) % STRIDES[record.octave]:
        return
    key.outlook[record.horizon_slot] = key.outlook_sharpness[record.horizon_slot] = NOTHING
    if record.is_seasonal_known and not (math.isnan(centre) or math.isnan(log_width)):
        reached = min(max(centre + record.seasonal_mean, -FURTHEST), FURTHEST)
        key.outlook[record.horizon_slot] = record.centre + record.spread * np.sinh(reached)
        key.outlook_sharpness[record.horizon_slot] = np.exp(-min(max(log_width, MIN_LOG_WIDTH), MAX_LOG_WIDTH))
