"""Transitions to episodes as the library returns them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stream.detection.episodes.transition import Change, Transition
from stream.detection.policy.policy import Transform
from stream.events.episodes import SEVERITIES, EpisodeState, UpdateReason, direction, severity_name
from stream.events.explanation import explain
from stream.events.text import format_duration
from stream.library.results import Episode, EpisodeChange, to_datetime

STATES: Final[dict[Change, EpisodeState]] = {
    Change.OPEN: "open",
    Change.CLOSE: "close",
    Change.PENDING: "pending",
    Change.PASSED: "passed",
}
REASONS: Final[dict[Change, UpdateReason]] = {
    Change.ESCALATED: "worse",
    Change.REALERTED: "again",
    Change.DIFFERENT: "different",
    Change.REMINDER: "lasting",
}
"""Of the changes that are an update."""

NEWS: Final = ("worse", "again", "different")
"""Reasons of updates that are more than a reminder."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a transition is about.

    Attributes
    ----------
    episode : str
        Id.
    series : str
    feature : str or None
    timestamp_ms : int
        Event time of the point that caused it.
    actual : float
        What was scored there.
    transform : int
        `Transform` under which it was scored.
    """

    episode: str
    series: str
    feature: str | None
    timestamp_ms: int
    actual: float
    transform: int


def make_change(transition: Transition, subject: Subject) -> EpisodeChange:
    """Describe a transition as the library returns it."""
    return EpisodeChange(
        episode=subject.episode,
        series=subject.series,
        feature=subject.feature,
        state=STATES.get(transition.change, "update"),
        reason=REASONS.get(transition.change),
        why=explain(transition, subject.actual, " a second" if subject.transform == Transform.RATE else ""),
        start=to_datetime(transition.start_ms),
        timestamp=to_datetime(subject.timestamp_ms),
        end=None if transition.end_ms is None else to_datetime(transition.end_ms),
        actual=subject.actual,
        expected=transition.expected,
        lower=transition.lower,
        upper=transition.upper,
        score=transition.score,
        peak_score=transition.peak_score,
        severity=severity_name(transition.severity),
        direction=direction(transition.direction),
    )


def make_episode(changes: Sequence[EpisodeChange], first: int, last: int, peak_score: float) -> Episode:
    """Put the changes of one episode together.

    Parameters
    ----------
    changes : sequence of EpisodeChange
        At least the one that opened it.
    first, last : int
        Points between which it was open.
    peak_score : float
        Highest score between them.
    """
    opened, newest = changes[0], changes[-1]
    news = [change for change in changes if change.state == "open" or change.reason in NEWS]
    peak = max(news, key=lambda change: change.score)
    return Episode(
        id=opened.episode,
        series=opened.series,
        feature=opened.feature,
        start=opened.start,
        end=newest.end,
        first=first,
        last=last,
        peak_score=peak_score,
        severity=max((change.severity for change in news), key=SEVERITIES.index),
        direction=newest.direction,
        why=peak.why,
        changes=tuple(changes),
    )


def lasts(episode: Episode) -> str:
    """Write from its first alarm to its end how long an episode lasted; `open` for one without an end."""
    if episode.end is None:
        return "open"
    return format_duration(round((episode.end - episode.start).total_seconds() * 1000))
