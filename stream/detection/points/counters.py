"""The tendency: how often a key rises and falls, which tells a counter that no rule names.

A counter never falls but to begin anew, near 0. One that has shown that is judged by its rate from then on; what falls
otherwise is none, for good.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

from stream.detection.points.timeline import NOTE_COUNTER
from stream.detection.state.detector_state import State
from stream.detection.state.layout import Float64, Int64
from stream.detection.state.phase import Phase
from stream.detection.state.policy import Transform

ALWAYS: Final = 65_535
"""What the shares of rises and of falls are counted in."""

MEMORY_BITS: Final = 10
"""A share forgets after 2^10 points."""

OFTEN: Final = ALWAYS // 10
"""Share of rises below which nothing is said: a constant neither rises nor falls, and a young key has not yet."""

ROUNDING: Final = 1e-6
"""Part of the value before that float32 may hide."""

RARELY: Final = 50
"""A counter rises at least so many times as often as it is reset."""


DECIDED_AFTER: Final = 200
"""Records of a key after which it may be taken for a counter, before its warm-up is over."""

RESET_BELOW: Final = 0.5
"""Part of the value before below which a fall is a reset."""


class Counter(IntEnum):
    """Whether a key is a counter."""

    UNKNOWN = 0
    YES = 1
    NO = 2


def decide(state: State, slots: Int64, values: Float64) -> Int64:
    """Find the keys whose transform is to change: they prove to be counters, or to be none after all.

    Nothing changes while an episode is open or pending. To be asked before the values are learned.

    Parameters
    ----------
    values : float64, shape (batch,)
        In the metric's unit.

    Returns
    -------
    int64, shape (n,)
        Slots. `Counter` says by now what they are.
    """
    known, t = state.counter[slots], state.t[slots]
    asked = state.treatments.counters[state.treatment[slots]] & (known != Counter.NO)
    if not asked.any():
        return slots[:0]
    before = np.where(known == Counter.YES, state.reference[slots], state.previous[slots] + state.x0[slots])
    slack = ROUNDING * np.abs(before)
    none = asked & (t > 0) & ((values < 0) | ((values < before - slack) & (values > RESET_BELOW * before)))
    rises, falls = state.tendency[slots].T
    steady = (rises > OFTEN) & (rises // RARELY > falls) & (state.transform[slots] == Transform.NONE)
    found = asked & ~none & (known == Counter.UNKNOWN) & (t >= DECIDED_AFTER) & steady
    idle = ~np.isin(state.episode_phase[slots], (Phase.OPEN, Phase.PENDING))
    changed = idle & (found | (none & (known == Counter.YES)))
    state.counter[slots[changed & found]] = Counter.YES
    state.counter[slots[none & (idle | (known == Counter.UNKNOWN))]] = Counter.NO
    moved: Int64 = slots[changed]
    return moved


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
    shares = state.tendency[slots]
    shares += ((ALWAYS * moved - shares) >> MEMORY_BITS).astype(np.uint16)
    state.tendency[slots] = shares
    rises, falls = shares.T
    is_rate = state.transform[slots] == Transform.RATE
    counts_up = ((rises > OFTEN) & (rises // RARELY > falls)) | (is_rate & (state.counter[slots] == Counter.YES))
    if np.count_nonzero(counts_up):
        state.notes[slots[counts_up]] |= NOTE_COUNTER
