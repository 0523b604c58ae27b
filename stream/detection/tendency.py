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

    Whole numbers are moved by shifts, so that the shares stay exact in their two bytes each. The first point of a key
    is compared with 0, which is forgotten with the rest.

    Parameters
    ----------
    values : float64, shape (batch,)
        What is judged.
    """
    y, before = (values - state.x0[slots]).astype(np.float32), state.previous[slots]
    moved = np.empty((len(slots), 2), np.int32)
    np.greater(y, before, out=moved[:, 0])
    np.less(y, before, out=moved[:, 1])
    shares = state.tendency.take(slots, axis=0)
    shares += ((ALWAYS * moved - shares) >> MEMORY_BITS).astype(np.uint16)
    state.tendency[slots] = shares
    rises, falls = shares.T
    counts_up = (rises > OFTEN) & (rises // RARELY > falls)
    if np.count_nonzero(counts_up):
        state.notes[slots[counts_up]] |= NOTE_COUNTER
