"""The alarm: when evidence is worth one, and when it is the last one going on."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from stream.detection.record import Bool, Float32, Float64, Int64, UInt32

MIN_QUIET: Final = 20
MAX_QUIET: Final = 75
"""Records after an alarm in which only a score `AGAIN` times its peak alarms anew: t / 25 within these bounds."""

AGAIN: Final = 5


class Alarms(Protocol):
    """What the rule remembers of every key; `State` does.

    Attributes
    ----------
    alarm_t : uint32, shape (slots,)
        Record of the last alarm, 0 without one.
    peak : float32, shape (slots,)
        Highest score since then, 0 without one.
    """

    alarm_t: UInt32
    peak: Float32


def alarm(state: Alarms, slots: Int64, t: Int64, score: Float64) -> Bool:
    """Raise an alarm at the boundary, unless the last one is recent and was of the same order (section 5)."""
    above = score >= 1
    if not np.count_nonzero(above):
        return above
    peak = state.peak[slots]
    quiet = np.clip(t / 25, MIN_QUIET, MAX_QUIET)
    alarmed: Bool = above & ((t - state.alarm_t[slots] > quiet) | (score >= AGAIN * peak))
    state.alarm_t[slots[alarmed]] = t[alarmed]
    state.peak[slots] = np.where(alarmed, score, np.where(above, np.maximum(peak, score), peak))
    return alarmed
