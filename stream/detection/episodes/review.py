"""The review: what a record does to the episode of its key."""

from __future__ import annotations

from typing import NamedTuple

from stream.detection.compiler.stage import compiled
from stream.detection.episodes import comparison, episode, history, opening, severity
from stream.detection.episodes.calm import OPEN, PENDING
from stream.detection.episodes.comparison import AnomalyKind, Comparison
from stream.detection.episodes.timing import EpisodeConfig, EpisodeInput
from stream.detection.episodes.transition import Change, Severity
from stream.detection.points.transform import in_unit
from stream.detection.policy.policy import SeriesPolicyRow
from stream.detection.policy.suppression import Suppression, suppression_reason
from stream.detection.state.key import Key
from stream.detection.state.step_record import StepRecord

EXPECTED = Suppression.EXPECTED.value
STUCK = AnomalyKind.STUCK.value
NONE, CLOSE, PASSED = Change.NONE.value, Change.CLOSE.value, Change.PASSED.value
OPENS, PENDS, DIFFERENT = Change.OPEN.value, Change.PENDING.value, Change.DIFFERENT.value


class Reviewed(NamedTuple):
    """What a record did to an episode."""

    change: int
    """The `Change` to be published."""
    severity: int
    """`Severity` of the record."""
    suppression: int
    """`Suppression` of its alarm."""
    is_rescaled: bool
    """Whether the scale of the key is another than before."""
    is_learned: bool
    """Whether the key is to begin anew at its present level."""


class Reviewable(NamedTuple):
    """A record that may change an episode."""

    timestamp_s: float
    now_ms: int
    analysed: float
    """What was judged."""
    level: float
    """Probability of the forecast's band."""
    expected_kinds: int
    """Of its `Point`."""


@compiled
def review(
    key: Key,
    policy: SeriesPolicyRow,
    record: StepRecord,
    at: Reviewable,
    config: EpisodeConfig,
    compared: Comparison,
) -> Reviewed:
    """Move the episode of a key by a learned record.

    Parameters
    ----------
    compared : Comparison
        Set to what the record is compared with, if it is at the boundary or changes the episode.
    """
    was_open, was_held = key.episode_phase == OPEN, key.episode_held > 0
    seen = _examine(key, policy, record, at, compared)
    moved = episode.advance(key, policy, seen, config)
    change = history.published_change(key, at.now_ms, moved.change, was_open)
    is_refused = key.episode_held > 0 and not was_held and key.episode_held != EXPECTED
    begins = change in (OPENS, PENDS, DIFFERENT) and not has_waited(key, change, at.now_ms)
    if is_refused or begins:
        comparison.compare(key, policy, record, at.timestamp_s, at.analysed, at.level, compared)
        opening.store(key, compared)
    is_published, ends = change != NONE and key.episode_held != EXPECTED, change in (CLOSE, PASSED)
    is_rescaled = False
    if ends or (was_held and key.episode_held == 0 and change == NONE):
        is_rescaled = opening.restore_scale(key)
    if ends:
        episode.record_closed(key)
    is_learned = change != NONE and seen.is_learned
    return Reviewed(
        change if is_published else NONE, seen.severity, moved.suppression, is_rescaled or is_learned, is_learned
    )


@compiled
def has_waited(key: Key, change: int, now_ms: int) -> bool:
    """Check whether an episode was pending before it opened."""
    return change == OPENS and key.episode_start_ms < now_ms


@compiled
def _examine(
    key: Key, policy: SeriesPolicyRow, record: StepRecord, at: Reviewable, compared: Comparison
) -> EpisodeInput:
    """Find what moves the episode.

    Only what is at the boundary is compared with anything.
    """
    place = opening.recovery(key, at.timestamp_s, at.analysed)
    kind, above, held = int(key.episode_kind), bool(key.episode_direction > 0), Suppression.NONE.value
    of_record, is_unusual = Severity.MINOR.value, False
    if record.score >= 1 or key.episode_phase == PENDING:
        comparison.compare(key, policy, record, at.timestamp_s, at.analysed, at.level, compared)
        above = comparison.is_above(compared)
        # While the value is off as it was expected to be, other evidence on it is about the same anomaly.
        if not (key.episode_held == EXPECTED and place.is_off):
            kind = comparison.kind_of(compared)
        held = suppression_reason(policy, above, kind, at.expected_kinds, compared.largest, compared.expected)
        of_record, is_unusual = _rate(key, record, at.now_ms, compared)
    is_learned = key.episode_phase in (OPEN, PENDING) and key.episode_start_ms < policy.learn_ms
    return EpisodeInput(
        at.now_ms, record.score, record.alarm, above, kind, held, of_record, is_unusual, place, is_learned
    )


@compiled
def _rate(key: Key, record: StepRecord, now_ms: int, compared: Comparison) -> tuple[int, bool]:
    """Return the severity, and whether the value itself is unusual."""
    deviation = _deviation(key, compared)
    size = severity.size_points(deviation)
    is_unusual = severity.is_unusual(deviation, size)
    is_far_off, interval_ms = severity.is_far_off(deviation, is_unusual), 1000.0 * float(key.interval_s)
    return severity.severity(size, is_far_off, record.score, _lasted_ms(key, now_ms), interval_ms), is_unusual


@compiled
def _deviation(key: Key, compared: Comparison) -> severity.Deviation:
    """Return how far off a value is."""
    # What lasts is learned, and would be less and less off from what is expected now.
    is_learning = key.episode_phase == OPEN and not compared.is_seasonal
    usual = opening.expected_at_opening(key) if is_learning else compared.reference
    return severity.Deviation(
        in_unit(key, compared.analysed),
        in_unit(key, usual),
        compared.is_seasonal,
        compared.largest,
        compared.lowest,
        compared.highest,
        comparison.kind_of(compared) == STUCK,
    )


@compiled
def _lasted_ms(key: Key, now_ms: int) -> int:
    """Return an episode's duration without the calm before a relapse."""
    if key.episode_phase != OPEN:
        return 0
    return now_ms - (key.episode_update_ms if key.episode_repeats > 0 else key.episode_start_ms)
