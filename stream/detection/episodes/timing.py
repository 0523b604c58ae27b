"""Timing of an episode: when it is over, recent, due, or may get worse."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.episodes.transition import Severity
from stream.detection.policy.policy import SeriesPolicyRow
from stream.detection.state.key_fields import KeyCells

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


class EpisodeConfig(NamedTuple):
    """Configuration of the episodes of a kind of detector."""

    closes_below: float
    """Score below which a record is back inside."""
    resolve_after: int
    """Records back inside in a row that end an episode."""
    update_interval_ms: int
    """Event time from which on it is published that an episode lasts; ever more of it passes until the next update."""


class RecoveryState(NamedTuple):
    """Where a value lies between what was expected at the opening and what opened the episode."""

    is_deviating: bool
    """Still as far off as a deviation that is strong."""
    is_recovered: bool
    """Back, after such a one."""
    is_recovering: bool
    """Nearer to what was expected: an alarm of another kind is then the recovery, and none of the same a relapse."""
    is_off: bool
    """Nearer to what opened it, on that side."""


class EpisodeInput(NamedTuple):
    """What a record means for the episode of its key."""

    now_ms: int
    score: float
    alarm: bool
    above: bool
    """Whether what it is about is above what was expected."""
    kind: int
    """`AnomalyKind` of what it is about."""
    suppression: int
    """`Suppression`: why a rule suppresses an alarm of this key."""
    severity: int
    """`Severity` of this record."""
    is_unusual: bool
    """Whether the value itself is unusual, and not only a mean of the last values or of their errors."""
    recovery: RecoveryState
    is_learned: bool
    """Whether a person has declared the level of the open or pending episode to be the new normal: it ends."""


@compiled
def is_calm(seen: EpisodeInput, config: EpisodeConfig) -> bool:
    """Check whether a record is back inside."""
    if seen.recovery.is_recovered:
        return True
    return seen.score < config.closes_below and not seen.recovery.is_deviating


@compiled
def count_recovering(key: KeyCells, seen: EpisodeInput, config: EpisodeConfig) -> bool:
    """Count recovered records; return whether they suffice.

    One that is neither inside nor at the boundary does not count and does not begin the count anew: evidence that rises
    slowly would otherwise take its own rest away from the alarm that it ends in. Where the value stays off, an ordinary
    score counts for the new normal.
    """
    calm, is_deviating = is_calm(seen, config), seen.recovery.is_deviating
    if calm:
        key.episode_calm = np.uint8(min(int(key.episode_calm) + 1, MAX_RESOLVE_AFTER))
    elif seen.score >= 1 or is_deviating:
        key.episode_calm = np.uint8(0)
    settles = is_deviating and seen.score < config.closes_below
    key.episode_settled = np.uint16(key.episode_settled + 1 if settles else 0)
    if (calm and key.episode_calm == 1) or key.episode_settled == NEW_NORMAL or seen.is_learned:
        key.episode_calm_ms = seen.now_ms
    holds = FLAPPING_RESOLVE_AFTER if key.episode_repeats > 0 else 1
    long = seen.now_ms - key.episode_calm_ms >= BOUND_MS * holds and key.episode_calm >= BOUND_RECORDS
    over = calm and (key.episode_calm >= config.resolve_after * holds or long)
    return bool(over or key.episode_settled >= NEW_NORMAL or seen.is_learned)


@compiled
def is_recent(key: KeyCells, now_ms: int) -> bool:
    """Check whether a close, the last event of its key, is within the flap window."""
    since = int(key.t) - int(key.episode_closed_t)
    return since <= FLAP_WINDOW and _since_event_ms(key, now_ms) <= FLAP_WINDOW_MS


@compiled
def may_escalate(key: KeyCells, seen: EpisodeInput, due: bool) -> bool:
    """Check whether an episode may be published as worse: not soon after an event, unless a minor one is critical.

    Where the value is not unusual, a higher severity waits for the next reminder.
    """
    if not seen.is_unusual:
        return due
    rest_ms = min(1000.0 * WORSE_AFTER * float(key.interval_s), float(WORSE_AFTER_MS))
    jumped = key.episode_severity == Severity.MINOR.value and seen.severity == Severity.CRITICAL.value
    return bool(jumped or _since_event_ms(key, seen.now_ms) >= rest_ms)


@compiled
def is_due(key: KeyCells, seen: EpisodeInput, config: EpisodeConfig) -> bool:
    """Check whether a reminder is due: rarely, and while the value itself is off.

    The level of the last 24 records is off for some 20 records after a short fault.
    """
    pause_ms = max(config.update_interval_ms, (seen.now_ms - key.episode_start_ms) // 2)
    return _since_event_ms(key, seen.now_ms) >= pause_ms and (seen.is_unusual or seen.recovery.is_off)


@compiled
def _since_event_ms(key: KeyCells, now_ms: int) -> int:
    return now_ms - key.episode_update_ms


@compiled
def must_last(policy: SeriesPolicyRow) -> bool:
    """Check whether a rule asks for a minimum duration."""
    return policy.for_ms > 0 or policy.for_points > 1


@compiled
def has_lasted(key: KeyCells, policy: SeriesPolicyRow, now_ms: int, calm: bool) -> bool:
    """Count a record of a pending episode; return whether it is past its minimum.

    Two thirds of the records since the first alarm have to be out of the ordinary, this one among them.
    """
    key.pending_n = np.uint16(min(int(key.pending_n) + 1, MOST_PENDING))
    if calm:
        return False
    key.pending_off = np.uint16(min(int(key.pending_off) + 1, MOST_PENDING))
    long = now_ms - key.episode_start_ms >= policy.for_ms and key.pending_n >= policy.for_points
    return bool(long and 3 * key.pending_off >= 2 * key.pending_n)
