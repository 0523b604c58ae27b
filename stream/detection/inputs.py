"""The inputs: what the forecaster sees of a record, 17 numbers without a unit."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.calendar import look_up
from stream.detection.profile import Profile, follow
from stream.detection.record import N_INPUTS, Float32, Float64, Int64
from stream.detection.scale import Scale, learn
from stream.detection.state import State

LIMIT: Final = 8
"""Inputs are clipped to plus and minus this."""

FULL_AGE: Final = 2000
"""Records after which the age of a key, the last input, stays at 1."""


class Described(NamedTuple):
    """A record as the forecaster sees it, and the scale it is seen in."""

    inputs: Float32
    """Shape (batch, 17), C-contiguous, in the order of the specification, within plus and minus 8."""
    scale: Scale


def describe(state: State, slots: Int64, t: Int64, timestamps_s: Float64, y: Float32) -> Described:
    """Take a record into scale and profile of its key and make the forecaster's inputs of it (section 6).

    Parameters
    ----------
    y : float32, shape (batch,)
        Value less x0, from the gate. The grid of the value's map must hold it already.
    """
    scale = learn(state, slots, t, y)
    calendar = look_up(state, slots, t, timestamps_s)
    profile = follow(state, slots, calendar.slots, y, scale.centre)
    inputs = _inputs(t, y, state.previous[slots], scale, profile, calendar.phase)
    state.previous[slots] = y
    return Described(inputs, scale)


def standardised(values: Float32, centre: Float32, spread: Float32) -> Float32:
    """Map values to the space in which every key looks alike: asinh((v - centre) / spread), last axes alike."""
    reduced: Float32 = np.arcsinh((values - centre) / spread)
    return reduced


def _inputs(t: Int64, y: Float32, previous: Float32, scale: Scale, profile: Profile, phase: Float64) -> Float32:
    """Fill in the inputs one below the other, so that transcendental functions see contiguous arrays."""
    seen = np.empty((8, len(y)), np.float32)
    seen[0], seen[1], seen[2] = y, previous, scale.mean_12
    seen[3:6], seen[6:] = profile.values[:, :, 0], profile.values[:2, :, 1]
    value, before, mean_12, this_day, next_day, second_day, this_week, next_week = standardised(
        seen, scale.centre, scale.spread
    )
    angle = (2 * np.pi * phase).astype(np.float32)
    day, week = profile.on.T
    rows = np.empty((N_INPUTS, len(y)), np.float32)
    rows[0], rows[1], rows[2] = value, value - before, mean_12
    rows[3], rows[4], rows[5], rows[6], rows[7] = next_day, this_day, second_day, 1, value - this_day
    rows[8], rows[9], rows[10] = next_week, 1, value - this_week
    rows[3:8] *= day
    rows[8:11] *= week
    rows[11:15:2], rows[12:15:2] = np.sin(angle).T, np.cos(angle).T
    rows[15] = np.log(scale.deviation_24 / scale.spread + np.float32(0.001)) / 3
    rows[16] = np.minimum(t, FULL_AGE) / FULL_AGE
    return np.ascontiguousarray(np.minimum(np.maximum(rows, -LIMIT), LIMIT).T)
