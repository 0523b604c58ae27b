"""The usual: what the profile of a key says of an hour, where that has proved to be of use."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection.calendar import N_SLOTS, ROUNDING, phases, wrapped
from stream.detection.climate import FIRST_SLOT, STEPS
from stream.detection.profile import USEFUL
from stream.detection.record import Bool, Float64, Int64
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
    hours = wrapped(np.floor(phases(timestamps_s) * N_SLOTS + ROUNDING)).astype(np.int64)
    day, week = codes = state.profile[slots, FIRST_SLOT + hours]
    known = (codes > 0) & (state.profile_error[slots].T < USEFUL * state.centre_error[slots].T)
    of_week = known[1]
    place = np.where(of_week, week, day) / STEPS + state.base[slots, 0]
    values = undo(state, slots, np.ldexp(place, state.exponent[slots, 0]) + state.x0[slots])
    return Usual(np.where(known.any(axis=0), values, np.nan), of_week)
