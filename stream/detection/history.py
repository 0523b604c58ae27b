"""History: points that are learned and judged like all others, and page nobody."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.key_state import KeyState
from stream.detection.record import Bool, Int64, UInt8
from stream.detection.timeline import NOTE_BACKFILL, NOTE_HISTORY, NOTE_WITHHELD
from stream.detection.transition import Change

OF_THE_EPISODE: Final = NOTE_BACKFILL | NOTE_WITHHELD


def note(state: KeyState, slots: Int64, is_history: Bool) -> None:
    """Note of each key whether its newest point is one of history."""
    notes = state.notes[slots]
    state.notes[slots] = np.where(is_history, notes | NOTE_HISTORY, notes & ~np.uint8(NOTE_HISTORY))


def is_newest(state: KeyState, slots: Int64) -> Bool:
    """Say of which keys the newest point is one of history: nothing is known yet of how they go on."""
    newest: Bool = (state.notes[slots] & NOTE_HISTORY) > 0
    return newest


def withhold(state: KeyState, slots: Int64, timestamps_ms: Int64, changes: UInt8) -> UInt8:
    """Give the changes of episodes as they are to be published.

    An episode that opens in history is withheld: all its events are. If it is still open at the first verdict on a
    point that is no history, it opens there for those who read. One that was open before goes on to its close.

    Parameters
    ----------
    slots, timestamps_ms : int64, shape (n,)
        Distinct keys whose episodes were moved, and their points.
    changes : uint8, shape (n,)
        `Change` of each, to be seen before closed episodes are forgotten.
    """
    notes, is_history = state.notes[slots], is_newest(state, slots)
    opened = changes == Change.OPEN
    of_history = np.where(is_history, OF_THE_EPISODE, 0).astype(np.uint8)
    notes = np.where(opened, (notes & ~np.uint8(OF_THE_EPISODE)) | of_history, notes)
    is_open = (state.episode_start_ms[slots] > 0) & (changes != Change.CLOSE)
    overdue = is_open & ~is_history & ((notes & NOTE_WITHHELD) > 0)
    state.notes[slots] = np.where(overdue, notes & ~np.uint8(NOTE_WITHHELD), notes)
    state.episode_update_ms[slots[overdue]] = timestamps_ms[overdue]
    return np.where(overdue, np.uint8(Change.OPEN), changes)
