"""The usual: what the profile of a key says of an hour, where that has proved to be of use."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from stream.detection.calendar import DAY, WEEK, phase
from stream.detection.compiled import compiled, entrance
from stream.detection.grid import value_grid
from stream.detection.key import Key
from stream.detection.profile import is_useful, usual_at
from stream.detection.record import Bool, Float64, Int64, Records
from stream.detection.state import State
from stream.detection.transform import undo


class Usual(NamedTuple):
    """What is usual at this hour, by key.

    Attributes
    ----------
    values : float64, shape (n,)
        In the metric's unit; NaN where the profile knows nothing of use.
    of_week : bool, shape (n,)
        Whether of this hour of the week; otherwise of the day.
    """

    values: Float64
    of_week: Bool


def usual(state: State, slots: Int64, timestamps_s: Float64) -> Usual:
    """Look up the hour of the week, or else of the day, where the profile is better than a plain mean."""
    values, of_week = np.empty(len(slots)), np.empty(len(slots), np.bool_)
    _look_up(state.records, np.array(slots), np.array(timestamps_s), values, of_week)
    return Usual(undo(state, slots, values), of_week)


@entrance
def _look_up(keys: Records, slots: Int64, timestamps_s: Float64, values: Float64, of_week: Bool) -> None:
    for row in range(len(slots)):
        key = keys[slots[row]]
        of_week[row], values[row] = True, _value(key, WEEK, timestamps_s[row])
        if math.isnan(values[row]):
            of_week[row], values[row] = False, _value(key, DAY, timestamps_s[row])


@compiled
def _value(key: Key, period: int, timestamp_s: float) -> float:
    """Give the usual value of an hour of the day or of the week, NaN where that is of no use."""
    known, value = usual_at(key, value_grid(key), period, phase(period, timestamp_s))
    return float(value) + key.x0 if known and is_useful(key, period) else math.nan
