"""Seasonal mean of an hour, NaN unless it beats a plain mean."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64, Records
from stream.detection.compiler.entry_point import entry_point
from stream.detection.compiler.stage import compiled
from stream.detection.kernel.calendar import DAY, WEEK, hour, phase
from stream.detection.kernel.grid import value_grid
from stream.detection.seasonal.hourly import FIRST_SLOT, SIZES, typical_change
from stream.detection.seasonal.profile import is_useful, mean_at
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.key import Key


class SeasonalMeans(NamedTuple):
    """What is usual at this hour, by key.

    Attributes
    ----------
    values : float64, shape (n,)
        Of the scored value; NaN where the profile is of no use.
    spreads : float64, shape (n,)
        Mean deviation from it in that hour, of the scored value; 0 where it is not known.
    of_week : bool, shape (n,)
        Whether of this hour of the week; otherwise of the day.
    changes : float64, shape (n,)
        Usual change from record to record in this hour of the day, of the scored value; 0 where it is not known.
    """

    values: Float64
    spreads: Float64
    of_week: Bool
    changes: Float64


def seasonal_means(state: DetectorState, slots: Int64, timestamps_s: Float64) -> SeasonalMeans:
    """Return the weekly mean of the hour, or else the daily."""
    found, of_week = np.empty((3, len(slots))), np.empty(len(slots), np.bool_)
    _look_up(state.records, np.array(slots), np.array(timestamps_s), found, of_week)
    values, spreads, changes = found
    return SeasonalMeans(values, spreads, of_week, changes)


@entry_point
def _look_up(keys: Records, slots: Int64, timestamps_s: Float64, found: Float64, of_week: Bool) -> None:
    for row in range(len(slots)):
        key = keys[slots[row]]
        period, timestamp_s = WEEK, timestamps_s[row]
        found[0, row] = _value(key, WEEK, timestamp_s)
        if math.isnan(found[0, row]):
            period, found[0, row] = DAY, _value(key, DAY, timestamp_s)
        of_week[row] = period == WEEK
        width, size = value_grid(key).width, FIRST_SLOT[period] + hour(period, phase(period, timestamp_s))
        found[1, row] = SIZES[key.profile_size[size]] * width
        found[2, row] = typical_change(key, value_grid(key), hour(DAY, phase(DAY, timestamp_s)))


@compiled
def _value(key: Key, period: int, timestamp_s: float) -> float:
    """Return an hour's mean; NaN where it is not useful."""
    known, value = mean_at(key, value_grid(key), period, phase(period, timestamp_s))
    return float(value) + key.x0 if known and is_useful(key, period) else math.nan
