"""Episodes: what an alarm opens, what keeps it open and what ends it. The rules and their reasons: docs/episodes.md."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.episodes.calm import CLOSED, OPEN, PENDING
from stream.detection.episodes.transition import Change, Held, among
from stream.detection.state.key_state import KeyState
from stream.detection.state.layout import Bool, Float64, Int64, UInt8
from stream.detection.state.phase import Phase

CLOSES_BELOW: Final = 0.5
"""Evidence is back inside below half the boundary: it leaks away by 30 % a record, so it cannot flutter."""

CLOSES_BELOW_CUTOFF: Final = 1.0
"""A window is back inside with the cut-off: the error of a good window is often above half."""

HOLD: Final = 10
"""Records back inside that end an episode."""

FLAPPING_HOLD: Final = 2
"""An episode that has reopened is held so many times as long."""

LONGEST_HOLD: Final = FLAPPING_HOLD * HOLD
"""20, which the byte that counts must hold."""

FLAP_WINDOW: Final = 72
"""Records after a close in which a relapse reopens the same episode."""

BOUND_MS: Final = 21_600_000
BOUND_RECORDS: Final = 3
"""Six hours of at least 3 records end an episode too: nobody waits 10 days for the all-clear of a daily series."""

NEW_NORMAL: Final = 288
"""Records with an ordinary score after which a value that has stayed off is the new normal."""

MOST_PENDING: Final = 65_535
"""What the counters of a pending episode hold."""


CHOICES: Final = [
    np.uint8(change)
    for change in (
        *(Change.CLOSE, Change.OPEN, Change.PENDING, Change.PASSED, Change.AGAIN),
        *(Change.DIFFERENT, Change.WORSE, Change.AGAIN, Change.LASTING),
    )
]
"""What a record may do to an episode; the first that holds, does."""

NO_CHANGE: Final = np.uint8(Change.NONE)

OPENS: Final = among(Change.OPEN, Change.AGAIN)
"""By `Change`: whether it opens an episode, or finds it open."""


class Terms(NamedTuple):
    """What a kind of judging asks of its episodes.

    Attributes
    ----------
    closes_below : float
        Score below which a verdict is back inside.
    hold : int
        Verdicts back inside in a row that end an episode.
    update_interval_ms : int
        Event time from which on it is published that an episode lasts; ever more of it passes until the next update.
    """

    closes_below: float
    hold: int
    update_interval_ms: int


class Seen(NamedTuple):
    """What is known of a batch of distinct keys, one row each; arrays of shape (batch,).

    Attributes
    ----------
    above : bool
        Whether what they are about is above what was expected.
    kinds : uint8
        `Kind` of what they are about.
    held : uint8
        `Held`: why a rule suppresses an alarm of this key.
    severities : uint8
        `Severity` of this record.
    off, back : bool
        Whether the value is still as far off as where the episode opened, or back at what was expected there.
    nearer : bool
        Whether it is nearer to what was expected there than to what opened it: an alarm of another kind is then the
        recovery, and none of the same kind a relapse.
    """

    slots: Int64
    timestamps_ms: Int64
    scores: Float64
    alarms: Bool
    above: Bool
    kinds: UInt8
    held: UInt8
    severities: UInt8
    off: Bool
    back: Bool
    nearer: Bool


class Moves(NamedTuple):
    """What it did to their episodes: `Change` of each row, and `Held` of the alarms suppressed, 0 for all others."""

    changes: UInt8
    held: UInt8


def advance(state: KeyState, seen: Seen, terms: Terms) -> Moves:
    """Move the episodes of a batch of distinct keys, all of which `calm.is_moving`."""
    slots, at_boundary = seen.slots, seen.scores >= 1
    phase, is_held = state.episode_phase[slots], state.episode_held[slots] > 0
    is_open, is_pending = phase == OPEN, phase == PENDING
    lately = (phase == CLOSED) & (_since_close(state, slots) <= FLAP_WINDOW)
    same, told = seen.kinds == state.episode_kind[slots], state.episode_severity[slots]
    rested = 2 * state.episode_calm[slots].astype(np.int64) >= terms.hold
    calm = seen.back | ((seen.scores < terms.closes_below) & ~seen.off)
    over = _count_calm(state, seen, calm, terms)

    recovery = seen.nearer & ((is_open & ~same) | lately)
    alarms = seen.alarms & ~recovery
    relapse = lately & same & at_boundary & ~recovery
    stronger = is_held & at_boundary & (seen.scores.astype(np.float32) >= state.episode_peak[slots])
    asking = ~is_open & ~is_pending & (alarms | stronger | relapse)
    allowed, refused = asking & (seen.held == Held.NONE), asking & ~is_held & (seen.held != Held.NONE)
    state.episode_held[slots[refused]] = seen.held[refused]
    state.episode_held[slots[allowed | over]] = Held.NONE
    reopened = allowed & lately & same
    waits = allowed & ~reopened & state.treatments.must_last(state.treatment[slots])
    opened = allowed & ~reopened & ~waits
    lasted = is_pending & ~over & _has_lasted(state, seen, calm)
    _begin(state, seen, opened | waits)
    _reopen(state, seen, reopened)

    active = is_open & ~calm
    worse = active & at_boundary & (seen.severities > told)
    alarmed = is_open & alarms & ~calm & rested
    due = seen.timestamps_ms - state.episode_update_ms[slots] >= _interval_ms(state, seen, terms)
    changes = np.select(
        [
            *(is_open & over, opened | lasted, waits, is_pending & over, reopened),
            *(alarmed & ~same, worse, alarmed, active & at_boundary & due),
        ],
        CHOICES,
        NO_CHANGE,
    )
    begun = opened | waits | (changes == Change.DIFFERENT)
    _settle(state, seen, changes, begun, refused, active)
    return Moves(changes, np.where(refused, seen.held, Held.NONE).astype(np.uint8))


def forget(state: KeyState, slots: Int64) -> None:
    """Remember of the closed episodes of these keys when that was, and what a relapse needs."""
    state.episode_phase[slots] = np.where(state.episode_phase[slots] == OPEN, CLOSED, Phase.NONE)
    state.episode_closed_t[slots] = state.t[slots]


def _since_close(state: KeyState, slots: Int64) -> Int64:
    since: Int64 = state.t[slots].astype(np.int64) - state.episode_closed_t[slots]
    return since


def _count_calm(state: KeyState, seen: Seen, calm: Bool, terms: Terms) -> Bool:
    """Count the verdicts that are back inside, and say where that has been long enough.

    One that is neither inside nor at the boundary does not count and does not begin the count anew: evidence that rises
    slowly would otherwise take its own rest away from the alarm that it ends in. Where the value stays off, an ordinary
    score counts for the new normal.
    """
    slots = seen.slots
    before = state.episode_calm[slots].astype(np.int64)
    anew = (seen.scores >= 1) | seen.off
    count = np.where(calm, np.minimum(before + 1, LONGEST_HOLD), np.where(anew, 0, before))
    state.episode_calm[slots] = count
    settled = np.where(seen.off & (seen.scores < terms.closes_below), state.episode_settled[slots] + 1, 0)
    state.episode_settled[slots] = settled
    first = (calm & (count == 1)) | (settled == NEW_NORMAL)
    state.episode_calm_ms[slots[first]] = seen.timestamps_ms[first]
    flapping = np.where(state.episode_repeats[slots] > 0, FLAPPING_HOLD, 1)
    long = seen.timestamps_ms - state.episode_calm_ms[slots] >= BOUND_MS * flapping
    over: Bool = calm & ((count >= terms.hold * flapping) | (long & (count >= BOUND_RECORDS)))
    return over | (settled >= NEW_NORMAL)


def _has_lasted(state: KeyState, seen: Seen, calm: Bool) -> Bool:
    """Count the records of pending episodes, and say which have lasted as long as their rules ask.

    Two thirds of the records since the first alarm have to be out of the ordinary, this one among them.
    """
    slots = seen.slots
    pending = state.episode_phase[slots] == PENDING
    for field, more in ((state.pending_n, pending), (state.pending_off, pending & ~calm)):
        field[slots] = np.minimum(field[slots].astype(np.int64) + more, MOST_PENDING)
    n, n_off = state.pending_n[slots].astype(np.int64), state.pending_off[slots].astype(np.int64)
    row, treatments = state.treatment[slots], state.treatments
    long = (seen.timestamps_ms - state.episode_start_ms[slots] >= treatments.for_ms[row]) & (
        n >= treatments.for_points[row]
    )
    lasted: Bool = pending & ~calm & long & (3 * n_off >= 2 * n)
    return lasted


def _interval_ms(state: KeyState, seen: Seen, terms: Terms) -> Int64:
    """Give the time between two updates that only remind: at least half of what the episode has lasted."""
    lasted: Int64 = seen.timestamps_ms - state.episode_start_ms[seen.slots]
    return np.maximum(terms.update_interval_ms, lasted // 2)


def _begin(state: KeyState, seen: Seen, rows: Bool) -> None:
    """Begin an episode, pending or open."""
    slots = seen.slots[rows]
    state.episode_repeats[slots] = state.episode_peak[slots] = state.episode_severity[slots] = 0
    state.episode_start_ms[slots] = seen.timestamps_ms[rows]
    state.episode_calm[slots] = state.episode_settled[slots] = 0
    state.pending_n[slots] = state.pending_off[slots] = 1


def _reopen(state: KeyState, seen: Seen, rows: Bool) -> None:
    slots = seen.slots[rows]
    state.episode_repeats[slots] = np.minimum(state.episode_repeats[slots].astype(np.int64) + 1, 255)
    state.episode_calm[slots] = state.episode_settled[slots] = 0


def _settle(state: KeyState, seen: Seen, changes: UInt8, begun: Bool, refused: Bool, active: Bool) -> None:
    """Write down where the episodes stand after these changes."""
    slots = seen.slots
    state.episode_phase[slots[OPENS[changes]]] = OPEN
    state.episode_phase[slots[changes == Change.PENDING]] = PENDING
    state.episode_kind[slots[begun]] = seen.kinds[begun]
    state.episode_direction[slots[begun]] = np.where(seen.above[begun], 1, -1)
    state.episode_peak[slots[refused]] = 0
    state.episode_phase[slots[refused]] = Phase.NONE
    published = changes > Change.NONE
    state.episode_update_ms[slots[published]] = seen.timestamps_ms[published]
    of_episode = active | (published & (changes != Change.CLOSE) & (changes != Change.PASSED))
    rows = of_episode | (state.episode_held[slots] > 0)
    state.episode_peak[slots[rows]] = np.maximum(state.episode_peak[slots[rows]], seen.scores[rows])
    raised = of_episode & published
    state.episode_severity[slots[raised]] = np.maximum(state.episode_severity[slots[raised]], seen.severities[raised])
