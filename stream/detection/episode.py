"""Episodes: what an alarm opens, what keeps it open and what ends it."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from stream.detection.key_state import KeyState
from stream.detection.record import Bool, Float64, Int64, UInt8

CLOSES_BELOW = 0.5
"""An episode of evidence ends below half the boundary: evidence leaks away by 30 % a record, so it cannot flutter."""

CLOSES_BELOW_CUTOFF = 1.0
"""An episode of windows ends with the first one inside the cut-off: the error of a good window is often above half."""


class Change(IntEnum):
    """What a point did to its key's episode."""

    NONE = 0
    OPEN = 1
    UPDATE = 2
    CLOSE = 3


class Transition(NamedTuple):
    """A change of an episode that is worth an event.

    Attributes
    ----------
    row : int
        Index of the verdict that caused it.
    change : Change
    start_ms : int
        Event time at which the episode opened.
    peak_score : float
        Highest score so far.
    direction : int
        1 if the point that opened it lay above what was expected, else -1.
    score, expected, lower, upper : float
        Of this point; `expected` and the band come from the forecast made before it was seen.
    shares : tuple of 5 floats
        Of value, residual_3, level, residual_12 and pair in the score; empty where windows are judged.
    notes : int
        Bits `NOTE_IMPUTED`, `NOTE_LATE` of `stream.detection.timeline`.
    warming : bool
        Whether the key was warming up again after a gap.
    window_start_ms : int or None
        Event time of the first point of the window judged, if windows are.
    """

    row: int
    change: Change
    start_ms: int
    peak_score: float
    direction: int
    score: float
    expected: float
    lower: float
    upper: float
    shares: tuple[float, ...]
    notes: int
    warming: bool
    window_start_ms: int | None = None


def advance(
    state: KeyState,
    slots: Int64,
    timestamps_ms: Int64,
    scores: Float64,
    alarms: Bool,
    above: Bool,
    update_interval_ms: int,
    closes_below: float,
) -> UInt8:
    """Open, update and close the episodes of a batch of distinct keys.

    Parameters
    ----------
    alarms, above : bool, shape (batch,)
        What opens an episode; whether the value lies above what was expected.
    update_interval_ms : int
        Event time between two updates.
    closes_below : float
        Score below which an episode ends.

    Returns
    -------
    uint8, shape (batch,)
        `Change` of each row: at most one update an interval. The facts of a closed episode stay readable until
        `forget`.
    """
    is_open = state.episode_start_ms[slots] > 0
    opened = alarms & ~is_open
    closed = is_open & (scores < closes_below)
    due = timestamps_ms - state.episode_update_ms[slots] >= update_interval_ms
    updated = is_open & ~closed & due
    _open(state, slots[opened], timestamps_ms[opened], above[opened])
    lasting = slots[is_open | opened]
    state.episode_peak[lasting] = np.maximum(state.episode_peak[lasting], scores[is_open | opened])
    state.episode_update_ms[slots[opened | updated]] = timestamps_ms[opened | updated]
    changes: UInt8 = (Change.OPEN * opened + Change.UPDATE * updated + Change.CLOSE * closed).astype(np.uint8)
    return changes


def forget(state: KeyState, slots: Int64) -> None:
    """Forget the closed episodes of these keys."""
    state.episode_start_ms[slots] = 0


def _open(state: KeyState, slots: Int64, timestamps_ms: Int64, above: Bool) -> None:
    state.episode_start_ms[slots] = timestamps_ms
    state.episode_peak[slots] = 0
    state.episode_direction[slots] = np.where(above, 1, -1)
