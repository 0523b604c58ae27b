"""The alarm: when evidence is worth one, and when it is the last one going on."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from stream.detection.compiler import compiled

MIN_QUIET: Final = 20.0
MAX_QUIET: Final = 75.0
"""Records after an alarm in which only a score `AGAIN` times its peak alarms anew: t / 25 within these bounds."""

AGAIN: Final = 5


class Alarms(Protocol):
    """What the rule remembers of a key; a `Key` does."""

    alarm_t: np.uint32
    """Record of the last alarm, 0 without one."""
    peak: np.float32
    """Highest score since then, 0 without one."""


@compiled
def alarm(key: Alarms, t: int, score: float) -> bool:
    """Raise an alarm at the boundary, unless the last one is recent and was of the same order (section 5)."""
    if not score >= 1:  # NaN is no alarm.
        return False
    since = t - np.int64(key.alarm_t)
    if since > min(max(t / 25, MIN_QUIET), MAX_QUIET) or score >= AGAIN * key.peak:
        key.alarm_t, key.peak = np.uint32(t), np.float32(score)
        return True
    key.peak = max(key.peak, np.float32(score))
    return False
