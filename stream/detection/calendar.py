"""The calendar: where a record lies in its day and in its week (UTC), and where the next ones will."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.record import DAY_SLOTS, WEEK_SLOTS, Float32, Float64, Int64
from stream.detection.state import State
from stream.detection.timeline import learn_interval

PERIODS_S: Final = np.array([[86_400.0], [604_800.0]])
N_SLOTS: Final = np.array([[DAY_SLOTS], [WEEK_SLOTS]])
AHEAD: Final = np.arange(3.0)[:, None, None]

ROUNDING: Final = 1e-6
"""Slots a boundary is early, so that phase + interval does not fall short of it by the rounding of float64."""


class Calendar(NamedTuple):
    """Place of a record in its day (axis before the batch, 0) and week (1)."""

    phase: Float64
    """Part of the day or week gone, in [0, 1); shape (2, batch)."""
    slots: Int64
    """Hours, of 24 and of 168, of this record, of the next and of the one after it; shape (3, 2, batch)."""
    interval_s: Float32
    """Usual distance of two records; shape (batch,)."""


def look_up(state: State, slots: Int64, t: Int64, timestamps_s: Float64) -> Calendar:
    """Learn the usual interval from the gap before this record, and look up day and week (section 6.2)."""
    phase = timestamps_s % PERIODS_S / PERIODS_S
    interval_s = learn_interval(state, slots, t, timestamps_s)
    step = interval_s / PERIODS_S
    hours = np.floor((phase + AHEAD * step) * N_SLOTS + ROUNDING).astype(np.int64) % N_SLOTS
    return Calendar(phase, hours, interval_s)
