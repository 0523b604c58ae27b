"""Episodes: what an alarm opens, what keeps it open and what ends it. The rules and their reasons: docs/episodes.md."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.key_state import KeyState
from stream.detection.record import Bool, Float32, Float64, Int64, UInt8
from stream.detection.transition import Change, Held

CLOSES_BELOW: Final = 0.5
"""Evidence is back inside below half the boundary: it leaks away by 30 % a record, so it cannot flutter."""

CLOSES_BELOW_CUTOFF: Final = 1.0
"""A window is back inside with the cut-off: the error of a good window is often above half."""

HOLD: Final = 24
"""Records back inside that end an episode, the length of the longest short window: all that it still remembers of the
incident has left the statistics by then."""

SHORT_HOLD: Final = 4
"""A fourth of the hold: after so long an alarm comes again rather than still."""

DAY_MS: Final = 86_400_000
"""Time after which that fourth ends an episode as well: nobody waits 24 days for the all-clear of a daily series."""

REPEATS_WITHIN: Final = 500
"""Records after a close in which the next alarm counts as a repeat of the same trouble."""

MAX_REPEATS: Final = 2
PATIENCE: Final = 3
"""Each repeat makes the hold so many times as long: who has flapped twice is believed less the third time."""

STEPS: Final = np.array([2.0, 4.0], np.float32)
"""Peaks at which severity rises."""

LONGEST_HOLD: Final = HOLD * PATIENCE**MAX_REPEATS
"""216, which the byte that counts must hold."""


class Terms(NamedTuple):
    """What a kind of judging asks of its episodes.

    Attributes
    ----------
    closes_below : float
        Score below which a verdict is back inside.
    hold : int
        Verdicts back inside in a row that end an episode.
    update_interval_ms : int
        Event time from which on it is said that an episode lasts; ever more of it passes until it is said again.
    """

    closes_below: float
    hold: int
    update_interval_ms: int


class Seen(NamedTuple):
    """What a batch of distinct keys was seen to do; arrays of shape (batch,).

    Attributes
    ----------
    above : bool
        Which way it goes.
    held : uint8
        `Held`: why an alarm of this key is not to open an episode.
    """

    slots: Int64
    timestamps_ms: Int64
    scores: Float64
    alarms: Bool
    above: Bool
    held: UInt8


class Moves(NamedTuple):
    """What it did to their episodes: `Change` of each row, and `Held` of the alarms held back, 0 for all others."""

    changes: UInt8
    held: UInt8


def moving(state: KeyState, slots: Int64, alarms: Bool) -> Int64:
    """Find the rows in which an episode opens, is open, or is held back; all others leave everything as it is."""
    busy = alarms | (state.episode_start_ms[slots] > 0) | (state.episode_held[slots] > 0)
    return np.flatnonzero(busy)


def advance(state: KeyState, seen: Seen, terms: Terms) -> Moves:
    """Open, update and close the episodes of a batch of distinct keys, all of them `moving`.

    The facts of a closed episode stay readable until `forget`.
    """
    slots = seen.slots
    is_open, is_held = state.episode_start_ms[slots] > 0, state.episode_held[slots] > 0
    rested, peak = SHORT_HOLD * state.episode_calm[slots].astype(np.int64) >= terms.hold, state.episode_peak[slots]
    calm = seen.scores < terms.closes_below
    over = _count_calm(state, seen, calm, terms)
    stronger = is_held & (seen.scores >= 1) & (seen.scores.astype(np.float32) >= peak)
    asking = ~is_open & (seen.alarms | stronger)
    opened, refused = asking & (seen.held == Held.NONE), asking & ~is_held & (seen.held != Held.NONE)
    state.episode_held[slots[refused]] = seen.held[refused]
    state.episode_held[slots[opened | over]] = Held.NONE
    _open(state, seen, opened)
    lasting = is_open & ~calm
    state.episode_peak[slots[refused]] = 0
    _raise_peaks(state, slots, seen.scores, opened | lasting | refused | is_held)
    due = seen.timestamps_ms - state.episode_update_ms[slots] >= _interval_ms(state, seen, terms)
    changes = np.select(
        [is_open & over, opened, lasting & _rises(peak, seen.scores), is_open & seen.alarms & rested, lasting & due],
        [Change.CLOSE, Change.OPEN, Change.WORSE, Change.AGAIN, Change.LASTING],
        Change.NONE,
    ).astype(np.uint8)
    told = changes > Change.NONE
    state.episode_update_ms[slots[told]] = seen.timestamps_ms[told]
    return Moves(changes, np.where(refused, seen.held, Held.NONE).astype(np.uint8))


def forget(state: KeyState, slots: Int64) -> None:
    """Forget the closed episodes of these keys, but for when that was."""
    state.episode_start_ms[slots] = 0
    state.episode_closed_t[slots] = state.t[slots]


def _count_calm(state: KeyState, seen: Seen, calm: Bool, terms: Terms) -> Bool:
    """Count the verdicts that are back inside, and say where that has been long enough.

    One that is neither inside nor at the boundary does not count and does not begin the count anew: evidence that rises
    slowly would otherwise take its own rest away from the alarm that it ends in.
    """
    slots = seen.slots
    before = state.episode_calm[slots].astype(np.int64)
    count = np.where(calm, np.minimum(before + 1, LONGEST_HOLD), np.where(seen.scores >= 1, 0, before))
    state.episode_calm[slots] = count
    first = calm & (count == 1)
    state.episode_calm_ms[slots[first]] = seen.timestamps_ms[first]
    patience = PATIENCE ** state.episode_repeats[slots].astype(np.int64)
    hold = terms.hold * patience
    long = seen.timestamps_ms - state.episode_calm_ms[slots] >= DAY_MS * patience
    over: Bool = calm & ((count >= hold) | (long & (SHORT_HOLD * count >= hold)))
    return over


def _interval_ms(state: KeyState, seen: Seen, terms: Terms) -> Int64:
    """Give the time between two updates that say no more than that it lasts: at least half of what it has lasted."""
    lasted: Int64 = seen.timestamps_ms - state.episode_start_ms[seen.slots]
    return np.maximum(terms.update_interval_ms, lasted // 2)


def _open(state: KeyState, seen: Seen, opened: Bool) -> None:
    slots = seen.slots[opened]
    since = state.t[slots].astype(np.int64) - state.episode_closed_t[slots]
    soon = (state.episode_closed_t[slots] > 0) & (since <= REPEATS_WITHIN)
    state.episode_repeats[slots] = np.where(soon, np.minimum(state.episode_repeats[slots] + 1, MAX_REPEATS), 0)
    state.episode_start_ms[slots] = seen.timestamps_ms[opened]
    state.episode_peak[slots] = 0
    state.episode_direction[slots] = np.where(seen.above[opened], 1, -1)


def _raise_peaks(state: KeyState, slots: Int64, scores: Float64, rows: Bool) -> None:
    state.episode_peak[slots[rows]] = np.maximum(state.episode_peak[slots[rows]], scores[rows])


def _rises(peak: Float32, scores: Float64) -> Bool:
    """Say where a score takes the severity of an episode a step up."""
    higher: Bool = np.searchsorted(STEPS, scores.astype(np.float32), "right") > np.searchsorted(STEPS, peak, "right")
    return higher
