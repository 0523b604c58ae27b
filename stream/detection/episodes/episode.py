"""Episode life cycle: open, update, close (docs/episodes.md)."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64, UInt8
from stream.detection.episodes.calm import CLOSED, OPEN, PENDING
from stream.detection.episodes.transition import Change, Severity, Suppression, among
from stream.detection.state.key_state import KeyState
from stream.detection.state.phase import Phase

CLOSES_BELOW: Final = 0.5
"""Evidence is back inside below half the boundary: it leaks away by 30 % a record, so it cannot flutter."""

CLOSES_BELOW_CUTOFF: Final = 1.0
"""A window is back inside with the cut-off: the error of a good window is often above half."""

RESOLVE_AFTER: Final = 10
"""Records back inside that end an episode."""

FLAPPING_RESOLVE_AFTER: Final = 2
"""An episode that has reopened is held so many times as long."""

MAX_RESOLVE_AFTER: Final = FLAPPING_RESOLVE_AFTER * RESOLVE_AFTER
"""20, which the byte that counts must hold."""

FLAP_WINDOW: Final = 72
FLAP_WINDOW_MS: Final = 21_600_000
"""Records, and six hours, after a close in which a relapse reopens the same episode: the same hour of the next day is
another incident."""

WORSE_AFTER: Final = 6
WORSE_AFTER_MS: Final = 3_600_000
"""Intervals after an event, an hour at most, in which a higher severity waits: one page for a fault that sets in."""

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
        *(Change.CLOSE, Change.OPEN, Change.PENDING, Change.PASSED, Change.REALERTED),
        *(Change.DIFFERENT, Change.ESCALATED, Change.REALERTED, Change.REMINDER),
    )
]
"""What a record may do to an episode; the first that holds, does."""

NO_CHANGE: Final = np.uint8(Change.NONE)

OPENS: Final = among(Change.OPEN, Change.REALERTED)
"""By `Change`: whether it opens an episode, or finds it open."""


class EpisodeConfig(NamedTuple):
    """Configuration of the episodes of a kind of detector.

    Attributes
    ----------
    closes_below : float
        Score below which a verdict is back inside.
    resolve_after : int
        Verdicts back inside in a row that end an episode.
    update_interval_ms : int
        Event time from which on it is published that an episode lasts; ever more of it passes until the next update.
    """

    closes_below: float
    resolve_after: int
    update_interval_ms: int


class EpisodeInput(NamedTuple):
    """Inputs of distinct keys' episodes; arrays of shape (batch,).

    Attributes
    ----------
    above : bool
        Whether what they are about is above what was expected.
    kinds : uint8
        `Kind` of what they are about.
    suppressions : uint8
        `Suppression`: why a rule suppresses an alarm of this key.
    severities : uint8
        `Severity` of this record.
    is_unusual : bool
        Whether the value itself is unusual, and not only a mean of the last values or of their errors.
    is_off : bool
        Whether the value is nearer to what opened the episode than to what was expected there.
    is_deviating, is_recovered : bool
        Whether the value is still as far off as where the episode opened, or back at what was expected there.
    is_recovering : bool
        Whether it is nearer to what was expected there than to what opened it: an alarm of another kind is then the
        recovery, and none of the same kind a relapse.
    is_learned : bool
        Whether a person has declared the level of the open or pending episode to be the new normal: it ends.
    """

    slots: Int64
    timestamps_ms: Int64
    scores: Float64
    alarms: Bool
    above: Bool
    kinds: UInt8
    suppressions: UInt8
    severities: UInt8
    is_unusual: Bool
    is_off: Bool
    is_deviating: Bool
    is_recovered: Bool
    is_recovering: Bool
    is_learned: Bool


class EpisodeUpdate(NamedTuple):
    """Changes of episodes, and suppressed alarms, per row."""

    changes: UInt8
    suppressions: UInt8


def advance(state: KeyState, seen: EpisodeInput, config: EpisodeConfig) -> EpisodeUpdate:
    """Move the episodes of a batch of distinct keys, all of which `calm.is_moving`."""
    slots, at_boundary = seen.slots, seen.scores >= 1
    phase, is_held = state.episode_phase[slots], state.episode_held[slots] > 0
    is_open, is_pending = phase == OPEN, phase == PENDING
    lately = (phase == CLOSED) & _is_recent(state, seen)
    same, notified = seen.kinds == state.episode_kind[slots], state.episode_severity[slots]
    rested = 2 * state.episode_calm[slots].astype(np.int64) >= config.resolve_after
    calm = seen.is_recovered | ((seen.scores < config.closes_below) & ~seen.is_deviating)
    over = _count_recovering(state, seen, calm, config)

    recovery = seen.is_recovering & ((is_open & ~same) | lately)
    alarms = seen.alarms & ~recovery
    relapse = lately & same & at_boundary & (seen.is_unusual | seen.is_deviating) & ~recovery
    stronger = is_held & at_boundary & (seen.scores.astype(np.float32) >= state.episode_peak[slots])
    asking = ~is_open & ~is_pending & (alarms | stronger | relapse)
    expected = seen.suppressions == Suppression.EXPECTED
    allowed = asking & (expected | (seen.suppressions == Suppression.NONE))
    refused = asking & ~is_held & ~allowed
    state.episode_held[slots[refused]] = seen.suppressions[refused]
    state.episode_held[slots[allowed | (over & ~is_open & ~is_pending)]] = Suppression.NONE
    state.episode_held[slots[allowed & expected]] = Suppression.EXPECTED
    reopened = allowed & lately & same
    waits = allowed & ~reopened & state.series_policies.must_last(state.series_policy[slots])
    opened = allowed & ~reopened & ~waits
    lasted = is_pending & ~over & _has_lasted(state, seen, calm)
    _open(state, seen, opened | waits)
    _reopen(state, seen, reopened)

    active = is_open & ~calm
    due = _is_due(state, seen, config)
    worse = active & at_boundary & (seen.severities > notified) & _may_escalate(state, seen, due)
    alarmed = is_open & alarms & ~calm & rested
    other = ~same & (alarmed | stronger)
    unexpected = _turn_unexpected(state, seen, active & ((same & at_boundary) | other) & ~seen.is_recovering)
    turned = unexpected & ~same
    _open(state, seen, turned)
    changes = np.select(
        [
            *(is_open & over, opened | lasted | unexpected, waits, is_pending & over, reopened),
            *(alarmed & ~same, worse, alarmed, active & at_boundary & due),
        ],
        CHOICES,
        NO_CHANGE,
    )
    begun = opened | waits | turned | (changes == Change.DIFFERENT)
    _store(state, seen, changes, begun, refused, active)
    suppressed = refused | (allowed & expected)
    return EpisodeUpdate(changes, np.where(suppressed, seen.suppressions, Suppression.NONE).astype(np.uint8))


def _turn_unexpected(state: KeyState, seen: EpisodeInput, asking: Bool) -> Bool:
    """Find open episodes that are no longer what was expected, and let them be published."""
    was_expected = state.episode_held[seen.slots] == Suppression.EXPECTED
    turned: Bool = was_expected & (seen.suppressions != Suppression.EXPECTED) & asking
    state.episode_held[seen.slots[turned]] = Suppression.NONE
    return turned


def record_closed(state: KeyState, slots: Int64) -> None:
    """Record when episodes closed, for reopening."""
    state.episode_held[slots] = Suppression.NONE
    state.episode_phase[slots] = np.where(state.episode_phase[slots] == OPEN, CLOSED, Phase.NONE)
    state.episode_closed_t[slots] = state.t[slots]


def _is_recent(state: KeyState, seen: EpisodeInput) -> Bool:
    """Check which closes, the last events of their keys, are within the flap window."""
    since = state.t[seen.slots].astype(np.int64) - state.episode_closed_t[seen.slots]
    recent: Bool = (since <= FLAP_WINDOW) & (_since_event_ms(state, seen) <= FLAP_WINDOW_MS)
    return recent


def _may_escalate(state: KeyState, seen: EpisodeInput, due: Bool) -> Bool:
    """Check which episodes may be published as worse: not soon after an event, unless a minor one is critical.

    Where the value is not unusual, a higher severity waits for the next reminder.
    """
    intervals_ms = 1000 * WORSE_AFTER * state.interval_s[seen.slots].astype(np.float64)
    rested = _since_event_ms(state, seen) >= np.minimum(intervals_ms, WORSE_AFTER_MS)
    jumped = (state.episode_severity[seen.slots] == Severity.MINOR) & (seen.severities == Severity.CRITICAL)
    return np.where(seen.is_unusual, rested | jumped, due)


def _is_due(state: KeyState, seen: EpisodeInput, config: EpisodeConfig) -> Bool:
    """Check which reminders are due: rarely, and while the value itself is off.

    The level of the last 24 records is off for some 20 records after a short fault.
    """
    lasted: Int64 = seen.timestamps_ms - state.episode_start_ms[seen.slots]
    pause_ms = np.maximum(config.update_interval_ms, lasted // 2)
    due: Bool = (_since_event_ms(state, seen) >= pause_ms) & (seen.is_unusual | seen.is_off)
    return due


def _since_event_ms(state: KeyState, seen: EpisodeInput) -> Int64:
    since: Int64 = seen.timestamps_ms - state.episode_update_ms[seen.slots]
    return since


def _count_recovering(state: KeyState, seen: EpisodeInput, calm: Bool, config: EpisodeConfig) -> Bool:
    """Count recovered verdicts; return where they suffice.

    One that is neither inside nor at the boundary does not count and does not begin the count anew: evidence that rises
    slowly would otherwise take its own rest away from the alarm that it ends in. Where the value stays off, an ordinary
    score counts for the new normal.
    """
    slots = seen.slots
    before = state.episode_calm[slots].astype(np.int64)
    anew = (seen.scores >= 1) | seen.is_deviating
    count = np.where(calm, np.minimum(before + 1, MAX_RESOLVE_AFTER), np.where(anew, 0, before))
    state.episode_calm[slots] = count
    settled = np.where(seen.is_deviating & (seen.scores < config.closes_below), state.episode_settled[slots] + 1, 0)
    state.episode_settled[slots] = settled
    first = (calm & (count == 1)) | (settled == NEW_NORMAL) | seen.is_learned
    state.episode_calm_ms[slots[first]] = seen.timestamps_ms[first]
    flapping = np.where(state.episode_repeats[slots] > 0, FLAPPING_RESOLVE_AFTER, 1)
    long = seen.timestamps_ms - state.episode_calm_ms[slots] >= BOUND_MS * flapping
    over: Bool = calm & ((count >= config.resolve_after * flapping) | (long & (count >= BOUND_RECORDS)))
    return over | (settled >= NEW_NORMAL) | seen.is_learned


def _has_lasted(state: KeyState, seen: EpisodeInput, calm: Bool) -> Bool:
    """Count pending records; return those past their minimum.

    Two thirds of the records since the first alarm have to be out of the ordinary, this one among them.
    """
    slots = seen.slots
    pending = state.episode_phase[slots] == PENDING
    for field, more in ((state.pending_n, pending), (state.pending_off, pending & ~calm)):
        field[slots] = np.minimum(field[slots].astype(np.int64) + more, MOST_PENDING)
    n, n_off = state.pending_n[slots].astype(np.int64), state.pending_off[slots].astype(np.int64)
    row, series_policies = state.series_policy[slots], state.series_policies
    long = (seen.timestamps_ms - state.episode_start_ms[slots] >= series_policies.for_ms[row]) & (
        n >= series_policies.for_points[row]
    )
    lasted: Bool = pending & ~calm & long & (3 * n_off >= 2 * n)
    return lasted


def _open(state: KeyState, seen: EpisodeInput, rows: Bool) -> None:
    """Begin an episode, pending or open."""
    slots = seen.slots[rows]
    state.episode_repeats[slots] = state.episode_peak[slots] = state.episode_severity[slots] = 0
    state.episode_start_ms[slots] = seen.timestamps_ms[rows]
    state.episode_calm[slots] = state.episode_settled[slots] = 0
    state.pending_n[slots] = state.pending_off[slots] = 1


def _reopen(state: KeyState, seen: EpisodeInput, rows: Bool) -> None:
    slots = seen.slots[rows]
    state.episode_repeats[slots] = np.minimum(state.episode_repeats[slots].astype(np.int64) + 1, 255)
    state.episode_calm[slots] = state.episode_settled[slots] = 0


def _store(state: KeyState, seen: EpisodeInput, changes: UInt8, begun: Bool, refused: Bool, active: Bool) -> None:
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
