"""Alarm rule: at the threshold, not twice for one cause."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from stream.detection.compiler.stage import compiled

MIN_QUIET: Final = 20.0
MAX_QUIET: Final = 75.0
"""Records after an alarm in which only a score `AGAIN` times its peak alarms anew: t / 25 within these bounds."""

AGAIN: Final = 5


class AlarmState(Protocol):
    """Fields of a key that the alarm rule needs."""

    alarm_t: np.uint32
    """Record of the last alarm, 0 without one."""
    peak: np.float32
    """Highest score since then, 0 without one."""


@compiled
def alarm(key: AlarmState, t: int, score: float) -> bool:
    """Raise an alarm unless a similar one is recent (section 5)."""
    if not score >= 1:  # NaN is no alarm.
        return False
    since = t - np.int64(key.alarm_t)
    if since > min(max(t / 25, MIN_QUIET), MAX_QUIET) or score >= AGAIN * key.peak:
        key.alarm_t, key.peak = np.uint32(t), np.float32(score)
        return True
    key.peak = max(key.peak, np.float32(score))
    return False
