"""Order of a key's points: duplicates, late points, maintenance."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.episodes import history
from stream.detection.episodes.verdict import Outcome
from stream.detection.points import timeline
from stream.detection.points.timeline import NOTE_LATE, NOTE_MAINTENANCE
from stream.detection.scoring.rows import Point, Result
from stream.detection.state.key_fields import KeyCells

NONE: Final = np.uint8(0)
LATE, MAINTENANCE = np.uint8(NOTE_LATE), np.uint8(NOTE_MAINTENANCE)


@compiled
def is_in_order(key: KeyCells, point: Point, result: Result) -> bool:
    """Put aside a point whose time has been seen or passed, or is one of maintenance."""
    since_s = timeline.since_newest(key, point.timestamp_s)
    if since_s <= 0:
        result.outcome = np.uint8(Outcome.DUPLICATE.value if since_s == 0 else Outcome.LATE.value)
        key.notes |= LATE if since_s < 0 else NONE
        return False
    if point.in_maintenance:
        result.outcome = np.uint8(Outcome.MAINTENANCE.value)
        key.notes |= MAINTENANCE
        return False
    history.mark(key, point.is_history)
    return True
