"""Seasonal mean of an hour, NaN unless it beats a plain mean."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from stream.detection.arrays import Float64, Records
from stream.detection.compiler.entry_point import entry_point
from stream.detection.compiler.stage import compiled
from stream.detection.kernel.calendar import DAY, WEEK, hour, phase
from stream.detection.kernel.grid import value_grid
from stream.detection.seasonal.hourly import FIRST_SLOT, SIZES, typical_change
from stream.detection.seasonal.profile import is_useful, mean_at
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.key import Key


class Season(NamedTuple):
    """What is usual for a key at an hour."""

    value: float
    """Of the scored value; NaN where the profile is of no use."""
    spread: float
    """Mean deviation from it in that hour, of the scored value; 0 where it is not known."""
    change: float
    """Usual change from record to record in this hour of the day, of the scored value; 0 where it is not known."""
    of_week: bool
    """Whether of this hour of the week; otherwise of the day."""


@compiled
def season_at(key: Key, timestamp_s: float) -> Season:
    """Return the weekly mean of the hour, or else the daily."""
    period, value = WEEK, _value(key, WEEK, timestamp_s)
    if math.isnan(value):
        period, value = DAY, _value(key, DAY, timestamp_s)
    grid, size = value_grid(key), FIRST_SLOT[period] + hour(period, phase(period, timestamp_s))
    spread = float(SIZES[key.profile_size[size]] * grid.width)
    change = float(typical_change(key, grid, hour(DAY, phase(DAY, timestamp_s))))
    return Season(value, spread, change, period == WEEK)


def seasons(state: DetectorState, slot: int, timestamps_s: Float64) -> list[Season]:
    """Return what is usual for a key at these times."""
    found = np.empty((len(timestamps_s), len(Season._fields)))
    _look_up(state.records, slot, timestamps_s, found)
    return [Season(value, spread, change, of_week > 0) for value, spread, change, of_week in found.tolist()]


@entry_point
def _look_up(keys: Records, slot: int, timestamps_s: Float64, found: Float64) -> None:
    for row in range(len(timestamps_s)):
        season = season_at(keys[slot], timestamps_s[row])
        found[row, 0], found[row, 1], found[row, 2] = season.value, season.spread, season.change
        found[row, 3] = 1.0 if season.of_week else 0.0


@compiled
def _value(key: Key, period: int, timestamp_s: float) -> float:
    """Return an hour's mean; NaN where it is not useful."""
    known, value = mean_at(key, value_grid(key), period, phase(period, timestamp_s))
    return float(value) + key.x0 if known and is_useful(key, period) else math.nan
