"""Episode life cycle: open, update, close (docs/episodes.md)."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.episodes import timing
from stream.detection.episodes.calm import CLOSED, OPEN, PENDING
from stream.detection.episodes.timing import EpisodeConfig, EpisodeInput
from stream.detection.episodes.transition import Change
from stream.detection.policy.policy import SeriesPolicyRow
from stream.detection.policy.suppression import Suppression
from stream.detection.state.key_fields import KeyCells
from stream.detection.state.phase import Phase

NOT_SUPPRESSED: Final = Suppression.NONE.value
EXPECTED: Final = Suppression.EXPECTED.value
MOST_REPEATS: Final = 255


class Moved(NamedTuple):
    """What a record did to an episode."""

    change: int
    """`Change`."""
    suppression: int
    """`Suppression` of its alarm."""


@compiled
def advance(key: KeyCells, policy: SeriesPolicyRow, seen: EpisodeInput, config: EpisodeConfig) -> Moved:
    """Move the episode of a key that `calm.is_moving`."""
    was_rested = 2 * int(key.episode_calm) >= config.resolve_after
    is_over = timing.count_recovering(key, seen, config)
    if key.episode_phase == OPEN:
        return Moved(_move_open(key, seen, config, is_over, was_rested), NOT_SUPPRESSED)
    if key.episode_phase == PENDING:
        return Moved(_move_pending(key, policy, seen, timing.is_calm(seen, config), is_over), NOT_SUPPRESSED)
    return _open_or_suppress(key, policy, seen, is_over)


@compiled
def record_closed(key: KeyCells) -> None:
    """Record when an episode closed, for reopening."""
    key.episode_held = np.uint8(NOT_SUPPRESSED)
    key.episode_phase = np.uint8(CLOSED if key.episode_phase == OPEN else Phase.NONE.value)
    key.episode_closed_t = key.t


@compiled
def _move_open(key: KeyCells, seen: EpisodeInput, config: EpisodeConfig, is_over: bool, was_rested: bool) -> int:
    """Move an open episode."""
    if is_over:
        return _published(key, seen, Change.CLOSE.value)
    if timing.is_calm(seen, config):
        _raise_peak(key, seen, bool(key.episode_held > 0))
        return Change.NONE.value
    same, at_boundary = seen.kind == key.episode_kind, seen.score >= 1
    alarms = seen.alarm and (same or not seen.recovery.is_recovering)
    alarmed = alarms and was_rested
    other = not same and (alarmed or _is_stronger(key, seen))
    if _turns_unexpected(key, seen, (same and at_boundary) or other):
        if not same:
            _begin(key, seen)
        return _published(key, seen, Change.OPEN.value)
    due = timing.is_due(key, seen, config)
    change = Change.NONE.value
    if alarmed and not same:
        _describe(key, seen)
        change = Change.DIFFERENT.value
    elif at_boundary and seen.severity > key.episode_severity and timing.may_escalate(key, seen, due):
        change = Change.ESCALATED.value
    elif alarmed:
        change = Change.REALERTED.value
    elif at_boundary and due:
        change = Change.REMINDER.value
    _raise_peak(key, seen, True)
    return _published(key, seen, change)


@compiled
def _move_pending(key: KeyCells, policy: SeriesPolicyRow, seen: EpisodeInput, calm: bool, is_over: bool) -> int:
    """Move an episode that has to last before it opens."""
    lasted = timing.has_lasted(key, policy, seen.now_ms, calm)
    _raise_peak(key, seen, bool(key.episode_held > 0))
    if is_over:
        return _published(key, seen, Change.PASSED.value)
    if not lasted:
        return Change.NONE.value
    key.episode_phase = np.uint8(OPEN)
    return _published(key, seen, Change.OPEN.value)


@compiled
def _open_or_suppress(key: KeyCells, policy: SeriesPolicyRow, seen: EpisodeInput, is_over: bool) -> Moved:
    """Open or reopen an episode, or suppress the alarm."""
    lately = key.episode_phase == CLOSED and timing.is_recent(key, seen.now_ms)
    same, was_held = seen.kind == key.episode_kind, key.episode_held > 0
    asking = _is_stronger(key, seen)
    if not (lately and seen.recovery.is_recovering):
        relapse = lately and same and seen.score >= 1 and (seen.is_unusual or seen.recovery.is_deviating)
        asking = asking or seen.alarm or relapse
    is_expected = seen.suppression == EXPECTED
    if not (asking and (is_expected or seen.suppression == NOT_SUPPRESSED)):
        return Moved(Change.NONE.value, _suppress(key, seen, asking and not was_held, is_over))
    key.episode_held = np.uint8(EXPECTED if is_expected else NOT_SUPPRESSED)
    change = Change.OPEN.value
    if lately and same:
        _reopen(key)
        change = Change.REALERTED.value
    else:
        _begin(key, seen)
        change = Change.PENDING.value if timing.must_last(policy) else change
    key.episode_phase = np.uint8(PENDING if change == Change.PENDING.value else OPEN)
    return Moved(_published(key, seen, change), EXPECTED if is_expected else NOT_SUPPRESSED)


@compiled
def _suppress(key: KeyCells, seen: EpisodeInput, refused: bool, is_over: bool) -> int:
    """Suppress an alarm, if there is one; return why."""
    if refused:
        key.episode_held, key.episode_phase = np.uint8(seen.suppression), np.uint8(Phase.NONE.value)
        key.episode_peak = np.float32(0)
    if is_over:
        key.episode_held = np.uint8(NOT_SUPPRESSED)
    _raise_peak(key, seen, bool(key.episode_held > 0))
    return seen.suppression if refused else NOT_SUPPRESSED


@compiled
def _is_stronger(key: KeyCells, seen: EpisodeInput) -> bool:
    """Check whether a suppressed alarm is at its highest."""
    return bool(key.episode_held > 0 and seen.score >= 1 and np.float32(seen.score) >= key.episode_peak)


@compiled
def _turns_unexpected(key: KeyCells, seen: EpisodeInput, asking: bool) -> bool:
    """Publish an expected episode that is no longer as expected."""
    was_expected = key.episode_held == EXPECTED and seen.suppression != EXPECTED
    if not (was_expected and asking and not seen.recovery.is_recovering):
        return False
    key.episode_held = np.uint8(NOT_SUPPRESSED)
    return True


@compiled
def _begin(key: KeyCells, seen: EpisodeInput) -> None:
    """Begin an episode, pending or open."""
    key.episode_repeats = key.episode_severity = np.uint8(0)
    key.episode_peak, key.episode_start_ms = np.float32(0), seen.now_ms
    key.episode_calm, key.episode_settled = np.uint8(0), np.uint16(0)
    key.pending_n = key.pending_off = np.uint16(1)
    _describe(key, seen)


@compiled
def _reopen(key: KeyCells) -> None:
    key.episode_repeats = np.uint8(min(int(key.episode_repeats) + 1, MOST_REPEATS))
    key.episode_calm, key.episode_settled = np.uint8(0), np.uint16(0)


@compiled
def _describe(key: KeyCells, seen: EpisodeInput) -> None:
    """Keep what an episode is about."""
    key.episode_kind, key.episode_direction = np.uint8(seen.kind), np.int8(1 if seen.above else -1)


@compiled
def _raise_peak(key: KeyCells, seen: EpisodeInput, counts: bool) -> None:
    if counts:
        key.episode_peak = max(key.episode_peak, np.float32(seen.score))


@compiled
def _published(key: KeyCells, seen: EpisodeInput, change: int) -> int:
    """Keep that a change is published now."""
    if change == Change.NONE.value:
        return change
    key.episode_update_ms = seen.now_ms
    if change not in (Change.CLOSE.value, Change.PASSED.value):
        _raise_peak(key, seen, True)
        key.episode_severity = max(key.episode_severity, np.uint8(seen.severity))
    return change
