"""The inputs: what the forecaster sees of a record, 17 numbers without a unit."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection import climate, outlook, quiet
from stream.detection.calendar import PERIODS_S, look_up
from stream.detection.climate import Climate
from stream.detection.described import Described, reach
from stream.detection.grid import ValueGrid
from stream.detection.profile import Profile, follow
from stream.detection.record import N_INPUTS, OUTLOOK, Float32, Float64, Int64
from stream.detection.scale import Scale, learn, standardised
from stream.detection.state import State

LIMIT: Final = 8
"""Inputs are clipped to plus and minus this."""

SHORTEST_REACH: Final = 1e-6
"""Part of two hours that stands in for a reach of nothing, before the interval is known."""

FULL_AGE: Final = 2000
"""Records after which the age of a key, the last input, stays at 1."""


def describe(state: State, slots: Int64, t: Int64, timestamps_s: Float64, y: Float32) -> Described:
    """Take a record into scale and profile of its key and make the forecaster's inputs of it (section 6).

    Parameters
    ----------
    y : float32, shape (batch,)
        Value less x0, from the gate. The grid of the value's map must hold it already.
    """
    scale = learn(state, slots, t, y)
    interval_before_s = state.interval_s[slots]
    calendar = look_up(state, slots, t, timestamps_s)
    strides_before, strides = outlook.stride(np.array([interval_before_s, calendar.interval_s]))
    outlook.forget(state, slots[strides != strides_before])
    quiet.follow(state, slots, y, strides)
    grid = ValueGrid.of(state, slots)
    reach_s = reach(strides).astype(np.float64) * calendar.interval_s
    moments = np.array([calendar.phase, calendar.phase + reach_s / PERIODS_S])
    profile = follow(state, slots, grid, calendar.slots, moments, y, scale.centre)
    rows = np.empty((N_INPUTS, len(y)), np.float32)
    _fill_near(rows, t, y, state.previous[slots], scale, profile, calendar.phase)
    _fill_far(rows[17:], rows[0], scale, profile.climate, reach_s)
    state.previous[slots] = y
    np.minimum(np.maximum(rows, -LIMIT, out=rows), LIMIT, out=rows)
    change = climate.usual_change(state, slots, grid, calendar.slots[0, 0])
    known = profile.climate.known[0, 1]
    return Described(np.ascontiguousarray(rows.T), scale, strides, profile.on, known, change)


def _fill_near(
    rows: Float32, t: Int64, y: Float32, previous: Float32, scale: Scale, profile: Profile, phase: Float64
) -> None:
    """Fill in inputs 0 to 16, one below the other, so that transcendental functions see contiguous arrays."""
    seen = np.empty((8, len(y)), np.float32)
    seen[0], seen[1], seen[2] = y, previous, scale.mean_12
    seen[3:6], seen[6:] = profile.values[:, 0], profile.values[:2, 1]
    value, before, mean_12, this_day, next_day, second_day, this_week, next_week = standardised(
        seen, scale.centre, scale.spread
    )
    angle = (2 * np.pi * phase).astype(np.float32)
    day, week = profile.on
    rows[0], rows[1], rows[2] = value, value - before, mean_12
    rows[3], rows[4], rows[5], rows[6], rows[7] = next_day, this_day, second_day, 1, value - this_day
    rows[8], rows[9], rows[10] = next_week, 1, value - this_week
    rows[3:8] *= day
    rows[8:11] *= week
    rows[11:15:2], rows[12:15:2] = np.sin(angle), np.cos(angle)
    rows[15] = np.log(scale.deviation_24 / scale.spread + np.float32(0.001)) / 3
    rows[16] = np.minimum(t, FULL_AGE) / FULL_AGE


def _fill_far(rows: Float32, value: Float32, scale: Scale, moments: Climate, reach_s: Float64) -> None:
    """Fill in inputs 17 to 25: what the far record usually shows, how surely, and how far off this one is."""
    now, then = standardised(moments.value, scale.centre, scale.spread)
    spread = np.log(moments.spread[1] / scale.spread + np.float32(0.001)) / 3
    rows[0], rows[1], rows[2] = then[0], spread[0], 1
    rows[3], rows[4], rows[5] = then[1], spread[1], 1
    rows[1:5:3] *= moments.spread[1] > 0
    rows[0:3] *= moments.known[1, 0]
    rows[3:6] *= moments.known[1, 1]
    rows[6:8] = (value - now) * moments.known[0]
    rows[8] = np.log(np.maximum(reach_s / (OUTLOOK * outlook.SHORTEST_STEP_S), SHORTEST_REACH)) / 4
