"""The inputs: what the forecaster sees of a record, 26 numbers without a unit."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection import climate, outlook, quiet
from stream.detection.age import AGES
from stream.detection.batch import Batch
from stream.detection.calendar import PERIODS_S, look_up
from stream.detection.climate import Climate
from stream.detection.constant import ONE, ZERO, double, single
from stream.detection.described import REACHES, Described
from stream.detection.grid import ValueGrid
from stream.detection.outlook import SHORTEST_STEP_S, waiting_place
from stream.detection.profile import Profile, follow
from stream.detection.record import N_INPUTS, OUTLOOK, Bool, Float32, Float64
from stream.detection.scale import Scale, standardised

LIMIT: Final = single(8)
"""Inputs are clipped to plus and minus this."""

SHORTEST_REACH: Final = double(1e-6)
"""Part of two hours that stands in for a reach of nothing, before the interval is known."""

FULL_AGE: Final = 2000
"""Records after which the age of a key, input 16, stays at 1."""

MATURITY: Final = (np.minimum(AGES, FULL_AGE) / FULL_AGE).astype(np.float32)
REACHES_FLOAT: Final = REACHES.astype(np.float64)
SMALLEST_RATIO, THIRD, QUARTER = single(0.001), single(3), double(4)
CIRCLE: Final = double(2 * np.pi)
TWO_HOURS_S: Final = double(OUTLOOK * SHORTEST_STEP_S)


def describe(batch: Batch, timestamps_s: Float64, y: Float32, scale: Scale, grid: ValueGrid) -> Described:
    """Take a record into the profile of its key and make the forecaster's inputs of it (section 6).

    Parameters
    ----------
    y : float32, shape (batch,)
        Value less x0, from the gate.
    scale : Scale
        After this record.
    grid : ValueGrid
        Of the values' maps, which hold these already.
    """
    interval_before_s = batch.interval_s.copy()
    calendar = look_up(batch, timestamps_s)
    octave_before, octave = outlook.octaves(np.array([interval_before_s, calendar.interval_s]))
    outlook.forget(batch, octave != octave_before)
    quiet.follow(batch, y, octave)
    reach_s = REACHES_FLOAT.take(octave) * calendar.interval_s
    moments = calendar.phase + np.array([0 * reach_s, reach_s, calendar.interval_s])[:, None] / PERIODS_S
    profile = follow(batch, grid, calendar.slots, moments, y)
    rows = np.empty((N_INPUTS, len(y)), np.float32)
    seen = _standardised(batch, y, scale, profile)
    _, far_is_odd, next_is_odd = climate.odd(profile.climate)
    _fill_near(rows, batch, seen, scale, profile.on[0], profile.on[1] & ~next_is_odd, calendar.phase)
    _fill_far(rows[17:], seen, scale, profile.climate, reach_s)
    batch.previous[:] = y
    np.minimum(np.maximum(rows, -LIMIT, out=rows), LIMIT, out=rows)
    return Described(
        inputs=rows.T.copy(),
        value=rows[0],
        usual=rows[20] + (ONE - rows[22]) * rows[17],
        scale=scale,
        octave=octave,
        place=waiting_place(batch, octave),
        rhythm=profile.on,
        familiar=profile.climate.known[0, 1],
        sure=profile.on[1] & ~far_is_odd,
        usual_change=climate.usual_change(batch, grid, calendar.slots[0, 0].astype(np.int64)),
    )


def _standardised(batch: Batch, y: Float32, scale: Scale, profile: Profile) -> Float32:
    """Standardise all that the inputs show, one below the other, as transcendental functions want arrays contiguous.

    Returns
    -------
    float32, shape (12, batch)
        The value, the one before, their mean; the day's profile now, next and then, the week's now and next; what the
        day and the week usually show at this moment, and at the far one.
    """
    seen = np.empty((12, len(y)), np.float32)
    seen[0], seen[1], seen[2] = y, batch.previous, scale.mean_12
    seen[3:6], seen[6:8] = profile.values[:, 0], profile.values[:2, 1]
    seen[8:] = profile.climate.value[:2].reshape(4, -1)
    return standardised(seen, scale.centre, scale.spread)


def _fill_near(rows: Float32, batch: Batch, seen: Float32, scale: Scale, day: Bool, week: Bool, phase: Float64) -> None:
    """Fill in inputs 0 to 16."""
    value, before, mean_12, this_day, next_day, second_day, this_week, next_week = seen[:8]
    angle = (CIRCLE * phase).astype(np.float32)
    rows[0], rows[1], rows[2] = value, value - before, mean_12
    rows[3], rows[4], rows[5], rows[6], rows[7] = next_day, this_day, second_day, 1, value - this_day
    rows[8], rows[9], rows[10] = next_week, 1, value - this_week
    rows[3:8] *= day
    rows[8:11] *= week
    rows[11:15:2], rows[12:15:2] = np.sin(angle), np.cos(angle)
    rows[15] = np.log(scale.deviation_24 / scale.spread + SMALLEST_RATIO) / THIRD
    rows[16] = MATURITY.take(batch.age)


def _fill_far(rows: Float32, seen: Float32, scale: Scale, moments: Climate, reach_s: Float64) -> None:
    """Fill in inputs 17 to 25: what the far record usually shows, how surely, and how far off this one is."""
    value, now, then = seen[0], seen[8:10], seen[10:]
    spread = np.log(moments.spread[1] / scale.spread + SMALLEST_RATIO) / THIRD
    rows[0:6:3], rows[1:6:3], rows[2:6:3] = then, spread * (moments.spread[1] > ZERO), 1
    rows[0:3] *= moments.known[1, 0]
    rows[3:6] *= moments.known[1, 1]
    rows[6:8] = (value - now) * moments.known[0]
    rows[8] = np.log(np.maximum(reach_s / TWO_HOURS_S, SHORTEST_REACH)) / QUARTER
