"""Calendar: position in the day and the week (UTC)."""

from __future__ import annotations

import math
from typing import Final

from stream.detection.arrays import DAY_SLOTS, WEEK_SLOTS
from stream.detection.compiler.stage import compiled

DAY, WEEK = 0, 1
"""The two periods, in the order of every axis of length 2."""

PERIODS_S: Final = (86_400.0, 604_800.0)
N_SLOTS: Final = (DAY_SLOTS, WEEK_SLOTS)
"""Hours of each period."""

ROUNDING: Final = 1e-6
"""Hours a boundary is early, so that phase + interval does not fall short of it by the rounding of float64."""


@compiled
def phase(period: int, timestamp_s: float) -> float:
    """Return the fraction of the day or week elapsed."""
    length_s = PERIODS_S[period]
    return (timestamp_s - length_s * math.floor(timestamp_s / length_s)) / length_s


@compiled
def hour(period: int, gone: float) -> int:
    """Return the hour at a fraction of the day or week."""
    return math.floor(gone * N_SLOTS[period] + ROUNDING) % N_SLOTS[period]
