"""Features: 26 dimensionless inputs of the forecaster."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import N_INPUTS, OUTLOOK, Float32
from stream.detection.compiler.stage import compiled
from stream.detection.evidence import low_variability
from stream.detection.forecast import horizon
from stream.detection.forecast.horizon import RATES, REACHES, SHORTEST_STEP_S, octaves, slot_of
from stream.detection.kernel.calendar import DAY, WEEK, hour, phase
from stream.detection.kernel.grid import value_grid
from stream.detection.kernel.scale import LIMIT, Scale, standardised
from stream.detection.points.timeline import FIRST_GAP, updated_interval
from stream.detection.seasonal import hourly, profile
from stream.detection.seasonal.hourly import HourlyBaseline
from stream.detection.seasonal.profile import SeasonalForecast
from stream.detection.state.key import Key
from stream.detection.state.step_record import StepRecord

SHORTEST_REACH: Final = 1e-6
"""Part of two hours that stands in for a reach of nothing, before the interval is known."""

FULL_AGE: Final = 2000
"""Records after which the age of a key, input 16, stays at 1."""

SMALLEST_RATIO, THIRD = np.float32(0.001), np.float32(3)
TWO_HOURS_S: Final = OUTLOOK * SHORTEST_STEP_S
OFF, ON = np.float32(0), np.float32(1)


class TimePosition(NamedTuple):
    """Where a record lies in time."""

    day: float
    week: float
    """Parts of its day and of its week gone."""
    step_s: float
    reach_s: float
    """Usual way to the next record, and to the far one."""


@compiled
def build_features(
    key: Key,
    t: int,
    timestamp_s: float,
    y: np.float32,
    surprising: float,
    record: StepRecord,
    inputs: Float32,
    is_filled: bool,
) -> None:
    """Update the profile; compute the inputs (section 6).

    The record has its scale already, and the grid of the value's map holds it.

    Parameters
    ----------
    y : float32
        Value less x0, from the gate.
    surprising : float
        Spreads of an hour from which on its mean is taken for an exception.
    inputs : float32, shape (26,)
        Is filled.
    is_filled : bool
        Whether it holds these inputs already, of a record that was taken ahead.
    """
    place = _time_position(key, t, timestamp_s, record)
    low_variability.update(key, y, RATES[record.octave])
    grid = value_grid(key)
    profile.roll_over(key, grid, (place.day, place.week), surprising)
    day = profile.update(key, grid, DAY, place.day, place.step_s, place.reach_s, y)
    week = profile.update(key, grid, WEEK, place.week, place.step_s, place.reach_s, y)
    scale = Scale(record.centre, record.spread)
    if not is_filled:
        week_on = week.on and not hourly.is_single_outlier(day.soon, week.soon, surprising)
        _fill_value(inputs, key, t, y, scale)
        _fill_profiles(inputs, day, week, week_on, scale)
        _fill_clock(inputs, place)
        _fill_far(inputs, day, week, place, scale)
        for i in range(N_INPUTS):
            inputs[i] = min(max(inputs[i], -LIMIT), LIMIT)
    key.previous = y
    record.value = inputs[0]
    record.seasonal_mean = inputs[20] if inputs[22] > OFF else inputs[17]
    record.day_on, record.week_on, record.is_hour_seen = day.on, week.on, week.here.known
    record.is_seasonal_known = week.on and not hourly.is_single_outlier(day.far, week.far, surprising)
    record.typical_change = hourly.typical_change(key, grid, hour(DAY, place.day))


@compiled
def _time_position(key: Key, t: int, timestamp_s: float, record: StepRecord) -> TimePosition:
    """Update the interval; clear far forecasts of another stride.

    Section 6.2.
    """
    interval_s, before = key.interval_s, octaves(key.interval_s)
    gap_s = np.float32(timestamp_s - key.timestamp_s)
    key.interval_s = updated_interval(key.interval_s, gap_s) if t > FIRST_GAP else gap_s
    record.octave = before if key.interval_s == interval_s else octaves(key.interval_s)
    record.horizon_slot = slot_of(t, record.octave)
    if record.octave != before:
        horizon.clear(key)
    step_s = float(key.interval_s)
    return TimePosition(phase(DAY, timestamp_s), phase(WEEK, timestamp_s), step_s, REACHES[record.octave] * step_s)


@compiled
def _fill_value(inputs: Float32, key: Key, t: int, y: np.float32, scale: Scale) -> None:
    """Fill in inputs 0 to 2, 15 and 16: value and age."""
    inputs[0] = standardised(y, scale)
    inputs[1] = inputs[0] - standardised(key.previous, scale)
    inputs[2] = standardised(key.mean_12, scale)
    inputs[15] = np.log(np.sqrt(key.variance_24) / scale.spread + SMALLEST_RATIO) / THIRD
    inputs[16] = min(t, FULL_AGE) / FULL_AGE


@compiled
def _fill_profiles(inputs: Float32, day: SeasonalForecast, week: SeasonalForecast, week_on: bool, scale: Scale) -> None:
    """Fill in inputs 3 to 10: the seasonal profile."""
    for i in range(3, 11):
        inputs[i] = OFF
    if day.on:
        now = standardised(day.now, scale)
        inputs[3], inputs[4], inputs[5] = standardised(day.next, scale), now, standardised(day.then, scale)
        inputs[6], inputs[7] = ON, inputs[0] - now
    if week_on:
        inputs[8], inputs[9] = standardised(week.next, scale), ON
        inputs[10] = inputs[0] - standardised(week.now, scale)


@compiled
def _fill_clock(inputs: Float32, place: TimePosition) -> None:
    """Fill in inputs 11 to 14: time of day and of week."""
    day, week = np.float32(2 * math.pi * place.day), np.float32(2 * math.pi * place.week)
    inputs[11], inputs[12], inputs[13], inputs[14] = np.sin(day), np.cos(day), np.sin(week), np.cos(week)


@compiled
def _fill_far(
    inputs: Float32, day: SeasonalForecast, week: SeasonalForecast, place: TimePosition, scale: Scale
) -> None:
    """Fill in inputs 17 to 25: the far record."""
    _fill_then(inputs[17:20], day.far, scale)
    _fill_then(inputs[20:23], week.far, scale)
    inputs[23] = inputs[0] - standardised(day.here.value, scale) if day.here.known else OFF
    inputs[24] = inputs[0] - standardised(week.here.value, scale) if week.here.known else OFF
    inputs[25] = math.log(max(place.reach_s / TWO_HOURS_S, SHORTEST_REACH)) / 4


@compiled
def _fill_then(inputs: Float32, then: HourlyBaseline, scale: Scale) -> None:
    inputs[0] = standardised(then.value, scale) if then.known else OFF
    is_spread = then.known and then.spread > OFF
    inputs[1] = np.log(then.spread / scale.spread + SMALLEST_RATIO) / THIRD if is_spread else OFF
    inputs[2] = ON if then.known else OFF
