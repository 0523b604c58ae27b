"""Event time of a key: repeated, late and missing points."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.state.key_fields import KeyCells

REGULAR_AFTER = 50
"""Records after which the learned interval is trusted to tell a gap."""

REGULAR_BELOW = 0.1
"""Mean deviation from the interval, as a share of it, below which a series counts as regularly sampled."""

IRREGULARITY_RATE = np.float32(0.02)
"""Weight of the newest interval in that mean: a memory of some fifty points."""

ABSENCE_RATE = np.float32(0.25)
ABSENCE_KEPT = np.float32(0.998)
"""A longer gap than it is used to moves what a series is used to by a fourth of the way, so that what happens every day
or hour is no news from the sixth time on; some 350 records later half of it is forgotten."""

SHORTEST, LONGEST = np.float32(0.9), np.float32(1.1)
"""Parts of the usual interval between which a gap is taken for what it is."""

NOTHING: Final = np.float32(0)

FIRST_GAP: Final = 1
"""The record whose gap is the first."""

NOTE_IMPUTED, NOTE_LATE, NOTE_RESET, NOTE_MAINTENANCE, NOTE_COUNTER = 1, 2, 4, 8, 16
"""Bits of the state's `notes`: what happened since the last scored point, and that the key looks like a counter."""

NOTE_HISTORY, NOTE_BACKFILL, NOTE_WITHHELD = 32, 64, 128
"""Three more: the newest point is history, the last episode opened in history, and its events are withheld."""

LASTING_NOTES: Final = np.uint8(NOTE_HISTORY | NOTE_BACKFILL | NOTE_WITHHELD)
"""What a scored point leaves as it is."""


REGULAR: Final = np.float32(REGULAR_BELOW)
MOST_STEPS: Final = 1e9
"""Intervals that a gap is counted in at most."""


@compiled
def milliseconds(timestamp_s: float) -> int:
    """Convert seconds that were milliseconds back, exactly."""
    return int(np.rint(1000.0 * timestamp_s))


@compiled
def since_newest(key: KeyCells, timestamp_s: float) -> float:
    """Return the seconds since a key's newest point; 0 or less is a duplicate or late."""
    return timestamp_s - key.timestamp_s if key.timestamp_s != 0 else math.inf


@compiled
def missing(key: KeyCells, timestamp_s: float) -> int:
    """Count the points that should have come between the newest one and this.

    Only a series that has proved regular can have gaps: n intervals without a point mean nothing in one that comes and
    goes as it likes.
    """
    interval_s = float(key.interval_s)
    if key.t < REGULAR_AFTER or not key.irregularity < REGULAR or not interval_s > 0:
        return 0
    steps = (timestamp_s - key.timestamp_s) / interval_s
    return max(int(np.rint(min(steps, MOST_STEPS))) - 1, 0)


@compiled
def updated_interval(interval_s: np.float32, gap_s: np.float32) -> np.float32:
    """Move the usual interval towards the newest gap (section 6.2)."""
    return min(max(gap_s, SHORTEST * interval_s), LONGEST * interval_s)


@compiled
def update_interval_stats(key: KeyCells, timestamp_s: float, delivery_lag_s: float) -> None:
    """Update a key's interval deviation and its typical long gap.

    Parameters
    ----------
    delivery_lag_s : float
        How long the point waited before it was sent: as long as that, nothing came.
    """
    interval_s, gap_s, deviation = float(key.interval_s), 0.0, 0.0
    if interval_s > 0:
        gap_s = timestamp_s - key.timestamp_s
        deviation = min(abs(gap_s / interval_s - 1), 1.0)
    key.irregularity += IRREGULARITY_RATE * (np.float32(deviation) - key.irregularity)
    used_to = ABSENCE_KEPT * key.absence_s
    planned = (key.notes & NOTE_MAINTENANCE) > 0
    longer = NOTHING if planned else max(np.float32(gap_s) - used_to, NOTHING)
    key.absence_s = max(used_to + ABSENCE_RATE * longer, np.float32(delivery_lag_s))
