"""Detection of counters that no rule declares.

A counter never falls but to begin anew, near 0. One that has shown that is judged by its rate from then on; what falls
otherwise is none, for good.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, Protocol

import numpy as np

from stream.detection.arrays import UInt16
from stream.detection.compiler.stage import compiled
from stream.detection.points.timeline import NOTE_COUNTER
from stream.detection.policy.policy import Transform
from stream.detection.state.phase import Phase

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


class Tendency(Protocol):
    """Fields that tell whether a key is a counter."""

    t: np.uint32
    x0: float
    previous: np.float32
    reference: float
    tendency: UInt16
    counter: np.uint8
    transform: np.uint8
    notes: np.uint8
    episode_phase: np.uint8


@compiled
def changed_transforms(key: Tendency, value: float) -> bool:
    """Check whether a key proves to be a counter, or none after all.

    Nothing changes while an episode is open or pending. To be asked before the value is learned, of a key whose rules
    let counters be found. `Counter` says by now what the key is.

    Parameters
    ----------
    value : float
        In the metric's unit.
    """
    if key.counter == Counter.NO.value:
        return False
    is_counter = key.counter == Counter.YES.value
    idle = key.episode_phase != Phase.OPEN.value and key.episode_phase != Phase.PENDING.value
    if _falls_slowly(key, value, is_counter):
        if idle or not is_counter:
            key.counter = np.uint8(Counter.NO.value)
        return bool(idle and is_counter)
    steady = counts_up(key) and key.transform == Transform.NONE.value
    found = not is_counter and key.t >= DECIDED_AFTER and steady and idle
    if found:
        key.counter = np.uint8(Counter.YES.value)
    return bool(found)


@compiled
def _falls_slowly(key: Tendency, value: float, is_counter: bool) -> bool:
    """Describe a fall that is no reset: of a value that is below 0, or not by far nearer to 0 than the one before."""
    if key.t == 0:
        return False
    before = key.reference if is_counter else float(key.previous) + key.x0
    return bool(value < 0 or (value < before - ROUNDING * abs(before) and value > RESET_BELOW * before))


@compiled
def counts_up(key: Tendency) -> bool:
    """Describe a key that rises often and hardly ever falls."""
    rises, falls = int(key.tendency[0]), int(key.tendency[1])
    return rises > OFTEN and rises // RARELY > falls


@compiled
def learn(key: Tendency, value: float) -> None:
    """Compare a point with its predecessor; note keys that look like counters.

    Whole numbers are moved by shifts, so that the shares stay exact in their two bytes each. The first point of a key
    is compared with 0, which is forgotten with the rest.

    Parameters
    ----------
    value : float
        What is judged.
    """
    y = np.float32(value - key.x0)
    key.tendency[0] = _moved(int(key.tendency[0]), bool(y > key.previous))
    key.tendency[1] = _moved(int(key.tendency[1]), bool(y < key.previous))
    is_rate = key.transform == Transform.RATE.value and key.counter == Counter.YES.value
    if is_rate or counts_up(key):
        key.notes |= np.uint8(NOTE_COUNTER)


@compiled
def _moved(share: int, happened: bool) -> int:
    return share + (((ALWAYS if happened else 0) - share) >> MEMORY_BITS)
