"""The tendency: how often a key rises and how often it falls, so that a counter that no rule names is told."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.record import Float64, Int64
from stream.detection.state import State
from stream.detection.timeline import NOTE_COUNTER

ALWAYS: Final = 65_535
"""What the shares of rises and of falls are counted in."""

MEMORY_BITS: Final = 10
"""A share forgets after 2^10 points."""

OFTEN: Final = ALWAYS // 10
"""Share of rises below which nothing is said: a constant neither rises nor falls, and a young key has not yet."""

RARELY: Final = 50
"""A counter rises at least so many times as often as it is reset."""


def learn(state: State, slots: Int64, values: Float64) -> None:
    """Compare points with the ones before, and note the keys that look like counters.

    Whole numbers are moved by shifts, so that the shares stay exact in their two bytes each.

    Parameters
    ----------
    values : float64, shape (batch,)
        What is judged.
    """
    step = (values - state.x0[slots]).astype(np.float32) - state.previous[slots]
    seen = state.t[slots] > 0
    rises, falls = state.rises[slots].astype(np.int32), state.falls[slots].astype(np.int32)
    rises += (ALWAYS * ((step > 0) & seen) - rises) >> MEMORY_BITS
    falls += (ALWAYS * ((step < 0) & seen) - falls) >> MEMORY_BITS
    state.rises[slots], state.falls[slots] = rises, falls
    counts_up = (rises > OFTEN) & (rises > RARELY * falls)
    state.notes[slots] |= (NOTE_COUNTER * counts_up).astype(np.uint8)
