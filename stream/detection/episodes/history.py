"""History: points that are learned but never alert."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.episodes.calm import OPEN
from stream.detection.episodes.transition import Change
from stream.detection.points.timeline import NOTE_BACKFILL, NOTE_HISTORY, NOTE_WITHHELD
from stream.detection.state.key_fields import KeyCells

OF_HISTORY, OF_NONE = np.uint8(NOTE_HISTORY), np.uint8(~NOTE_HISTORY & 255)
OF_EPISODE: Final = np.uint8(NOTE_BACKFILL | NOTE_WITHHELD)
NOT_OF_EPISODE: Final = np.uint8(~(NOTE_BACKFILL | NOTE_WITHHELD) & 255)
WITHHELD, NOT_WITHHELD = np.uint8(NOTE_WITHHELD), np.uint8(~NOTE_WITHHELD & 255)


@compiled
def mark(key: KeyCells, is_history: bool) -> None:
    """Note of a key whether its newest point is one of history."""
    key.notes = key.notes | OF_HISTORY if is_history else key.notes & OF_NONE


@compiled
def published_change(key: KeyCells, now_ms: int, change: int, was_open: bool) -> int:
    """Return the change that may be published.

    An episode that opens or reopens in history is withheld: all its events are. If it is still open at the first record
    that is no history, it opens there for those who read, or reopens if they have seen it before. One that was open
    before history came goes on to its close.

    Parameters
    ----------
    change : int
        `Change` of the record.
    was_open : bool
        Whether the episode was open before it.
    """
    is_history = (key.notes & OF_HISTORY) > 0
    if change in (Change.OPEN.value, Change.PENDING.value):
        key.notes = key.notes | OF_EPISODE if is_history else key.notes & NOT_OF_EPISODE
    elif change == Change.REALERTED.value and not was_open and is_history:
        key.notes |= WITHHELD
    is_open = key.episode_phase == OPEN and change != Change.CLOSE.value
    if not is_open or is_history or (key.notes & WITHHELD) == 0:
        return change
    key.notes &= NOT_WITHHELD
    key.episode_update_ms = now_ms
    return Change.OPEN.value if (key.notes & NOTE_BACKFILL) > 0 else Change.REALERTED.value
