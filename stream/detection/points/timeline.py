"""Event time of a key: repeated, late and missing points. No clock but the points' own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from stream.detection.state.key_state import KeyState
from stream.detection.state.layout import Bool, Float32, Float64, Int64

Singles = TypeVar("Singles", np.float32, Float32)

REGULAR_AFTER = 50
"""Records after which the learned interval is trusted to tell a gap."""

REGULAR_BELOW = 0.1
"""Mean deviation from the interval, as a share of it, below which a series counts as regularly sampled."""

IRREGULARITY_RATE = 0.02
"""Weight of the newest interval in that mean: a memory of some fifty points."""

ABSENCE_RATE = np.float32(0.25)
ABSENCE_KEPT = np.float32(0.998)
"""A longer gap than it is used to moves what a series is used to by a fourth of the way, so that what happens every day
or hour is no news from the sixth time on; some 350 records later half of it is forgotten."""

SHORTEST, LONGEST = np.float32(0.9), np.float32(1.1)
"""Parts of the usual interval between which a gap is taken for what it is."""

FIRST_GAP: Final = 1
"""The record whose gap is the first."""

NOTE_IMPUTED, NOTE_LATE, NOTE_RESET, NOTE_MAINTENANCE, NOTE_COUNTER = 1, 2, 4, 8, 16
"""Bits of the state's `notes`: what happened since the last scored point, and that the key looks like a counter."""

NOTE_HISTORY, NOTE_BACKFILL, NOTE_WITHHELD = 32, 64, 128
"""Three more: the newest point is history, the last episode opened in history, and its events are withheld."""

LASTING_NOTES: Final = np.uint8(NOTE_HISTORY | NOTE_BACKFILL | NOTE_WITHHELD)
"""What a scored point leaves as it is."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """Holes in front of points.

    Attributes
    ----------
    n_missing : int64, shape (batch,)
        Points that should have come since the last one; 0 where there is no gap or no regular interval.
    fillable : bool, shape (batch,)
        Whether they are few enough to be imputed.
    """

    n_missing: Int64
    fillable: Bool

    @property
    def n_gaps(self) -> int:
        """Count the holes."""
        return int(np.count_nonzero(self.n_missing))


def last_seen(state: KeyState, slots: Int64) -> Float64:
    """Give the event time of each key's newest point in seconds; -inf for a key that has none."""
    timestamps_s = state.timestamp_s[slots]
    return np.where(timestamps_s != 0, timestamps_s, -np.inf)


def find_gaps(state: KeyState, slots: Int64, timestamps_s: Float64, max_fill: int) -> Gaps:
    """Find the holes in front of fresh points.

    Only a series that has proved regular can have holes: a gap of n intervals in one that comes and goes as it likes
    means nothing.

    Parameters
    ----------
    slots : int64, shape (batch,)
        Distinct.
    timestamps_s : float64, shape (batch,)
        Later than `last_seen`.
    max_fill : int
        The most points of one hole to be imputed.
    """
    interval_s = state.interval_s[slots].astype(np.float64)
    known = (state.t[slots] >= REGULAR_AFTER) & (state.irregularity[slots] < REGULAR_BELOW) & (interval_s > 0)
    steps = np.ones(len(slots))
    np.divide(timestamps_s - state.timestamp_s[slots], interval_s, out=steps, where=known)
    n_missing = np.maximum(np.rint(np.minimum(steps, 1e9)).astype(np.int64) - 1, 0)
    return Gaps(n_missing, (n_missing > 0) & (n_missing <= max_fill))


def moved_interval(interval_s: Singles, gap_s: Singles) -> Singles:
    """Move usual intervals towards the newest gap, by at most a tenth (section 6.2); the first gap is taken as it is.

    Parameters
    ----------
    interval_s, gap_s : float32, numbers or arrays of any shape
        Usual interval, and time since the record before.
    """
    moved: Singles = np.minimum(np.maximum(gap_s, SHORTEST * interval_s), LONGEST * interval_s)
    return moved


def learn_regularity(state: KeyState, slots: Int64, timestamps_s: Float64, waited_s: Float64) -> None:
    """Move each key's mean deviation from its interval by the newest one, and how long it is used to stay away.

    Parameters
    ----------
    waited_s : float64, shape (batch,)
        How long the points waited before they were sent: as long as that, nothing came.
    """
    interval_s = state.interval_s[slots].astype(np.float64)
    known = interval_s > 0
    deviation = np.zeros(len(slots))
    np.divide(timestamps_s - state.timestamp_s[slots], interval_s, out=deviation, where=known)
    deviation = np.where(known, np.minimum(np.abs(deviation - 1), 1), 0).astype(np.float32)
    before = state.irregularity[slots]
    state.irregularity[slots] = before + np.float32(IRREGULARITY_RATE) * (deviation - before)
    gap_s = np.where(known, timestamps_s - state.timestamp_s[slots], 0).astype(np.float32)
    planned = (state.notes[slots] & NOTE_MAINTENANCE) > 0
    used_to = ABSENCE_KEPT * state.absence_s[slots]
    longer = np.where(planned, 0, np.maximum(gap_s - used_to, 0)).astype(np.float32)
    state.absence_s[slots] = np.maximum(used_to + ABSENCE_RATE * longer, waited_s.astype(np.float32))
