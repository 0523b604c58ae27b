"""History: points that are learned but never alert."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from stream.detection.arrays import Bool, Int64, UInt8
from stream.detection.compiler.stage import compiled
from stream.detection.episodes.transition import Change, among
from stream.detection.points.timeline import NOTE_BACKFILL, NOTE_HISTORY, NOTE_WITHHELD
from stream.detection.state.key_state import KeyState
from stream.detection.state.phase import Phase

OF_HISTORY, OF_NONE = np.uint8(NOTE_HISTORY), np.uint8(~NOTE_HISTORY & 255)
IS_BEGIN: Final = among(Change.OPEN, Change.PENDING)
OF_THE_EPISODE: Final = NOTE_BACKFILL | NOTE_WITHHELD


class Noted(Protocol):
    """What is noted of a key; a `Key` does, and a `WindowKey`."""

    notes: np.uint8


@compiled
def mark(key: Noted, is_history: bool) -> None:
    """Note of a key whether its newest point is one of history."""
    key.notes = key.notes | OF_HISTORY if is_history else key.notes & OF_NONE


def is_newest_point(state: KeyState, slots: Int64) -> Bool:
    """Check which keys' newest point is history."""
    newest: Bool = (state.notes[slots] & NOTE_HISTORY) > 0
    return newest


def suppress(state: KeyState, slots: Int64, timestamps_ms: Int64, changes: UInt8, was_open: Bool) -> UInt8:
    """Return the changes that may be published.

    An episode that opens or reopens in history is withheld: all its events are. If it is still open at the first
    verdict on a point that is no history, it opens there for those who read, or reopens if they have seen it before.
    One that was open before history came goes on to its close.

    Parameters
    ----------
    slots, timestamps_ms : int64, shape (n,)
        Distinct keys whose episodes were moved, and their points.
    changes : uint8, shape (n,)
        `Change` of each, to be seen before closed episodes are forgotten.
    was_open : bool, shape (n,)
        Whether the episode was open before it was moved.
    """
    notes, is_history = state.notes[slots], is_newest_point(state, slots)
    begins = IS_BEGIN[changes]
    notes = np.where(begins, notes & ~np.uint8(OF_THE_EPISODE), notes)
    notes[begins & is_history] |= OF_THE_EPISODE
    notes[(changes == Change.REALERTED) & ~was_open & is_history] |= NOTE_WITHHELD
    is_open = (state.episode_phase[slots] == Phase.OPEN) & (changes != Change.CLOSE)
    overdue = is_open & ~is_history & ((notes & NOTE_WITHHELD) > 0)
    notes[overdue] &= ~np.uint8(NOTE_WITHHELD)
    state.notes[slots] = notes
    state.episode_update_ms[slots[overdue]] = timestamps_ms[overdue]
    seen_before = (notes & NOTE_BACKFILL) == 0
    published = np.where(seen_before, np.uint8(Change.REALERTED), np.uint8(Change.OPEN))
    return np.where(overdue, published, changes)
