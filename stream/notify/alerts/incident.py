"""Incident: one episode or silence, as its events describe it."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

import msgspec
from msgspec import UNSET

from stream.events.anomalies import AnyEvent
from stream.events.episodes import SEVERITIES, Direction, EpisodeEvent, Severity

IncidentKind = Literal["anomaly", "silence"]

ENDS = frozenset({"close", "back"})
UNNOTIFIED = frozenset({"pending", "passed"})
"""States of an alarm that a rule asks to last: not an episode yet."""


class Effect(IntEnum):
    """What an event changes for those who were notified.

    `NONE` is a repeat; `EDIT` changes what messages contain; `ATTENTION` is worth a person's attention again.
    """

    NONE = 0
    EDIT = 1
    ATTENTION = 2


class Incident(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One episode or silence."""

    episode: str
    series: str
    feature: str | None = None
    kind: IncidentKind = "anomaly"
    """`episode` is the id; `feature` is None where a point is a plain number."""
    is_open: bool = True
    severity: Severity
    severities: list[Severity]
    """The highest so far, and all that it went through."""
    start: int
    end: int | None = None
    """Event time in ms: of the first alarm, and of the first point that was back inside; None while open."""
    newest: int
    states: list[str]
    """Event time of the newest event, and the states of the events at that time: what older or known is a repeat."""
    why: str = ""
    """The reason at the highest score."""
    score: float | None = None
    actual: float | None = None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    direction: Direction | None = None
    """Those of the reason; None where there is none."""
    known_at: int
    """When the first event was read, ms of the wall clock."""
    notification: str = ""
    """Id of the notification that announced it; empty while none has."""
    acked_by: str = ""
    """Who acknowledged it; empty if nobody has."""

    def apply(self, event: AnyEvent, severity: Severity) -> Effect:
        """Apply a later event of the same episode."""
        if event.timestamp < self.newest or (event.timestamp == self.newest and event.state in self.states):
            return Effect.NONE
        self.states = [*self.states, event.state] if event.timestamp == self.newest else [event.state]
        self.newest = event.timestamp
        reopened = not self.is_open and event.state not in ENDS
        worse = self._rise(severity)
        self.is_open = event.state not in ENDS
        self.end = _end(event)
        if isinstance(event, EpisodeEvent) and self.is_open and event.score >= (self.score or 0.0):
            self._take_reason(event)
        return Effect.ATTENTION if reopened or (worse and self.is_open) else Effect.EDIT

    def _rise(self, severity: Severity) -> bool:
        if SEVERITIES.index(severity) <= SEVERITIES.index(self.severity):
            return False
        self.severity = severity
        self.severities = [*self.severities, severity]
        return True

    def _take_reason(self, event: EpisodeEvent) -> None:
        self.why = "" if event.why is UNSET else event.why
        self.score, self.direction = event.score, event.direction
        self.actual = event.actual if event.observed is UNSET else event.observed
        self.expected, self.lower, self.upper = event.expected, event.lower, event.upper


def new_incident(event: AnyEvent, severity: Severity, now_ms: int) -> Incident:
    """Make the incident of the first event that is read of it."""
    incident = Incident(
        episode=event.episode,
        series=event.series,
        feature=None if event.feature is UNSET else event.feature,
        kind=kind_of(event),
        is_open=event.state not in ENDS,
        severity=severity,
        severities=[severity],
        start=event.start,
        end=_end(event),
        newest=event.timestamp,
        states=[event.state],
        why="" if event.why is UNSET else event.why,
        known_at=now_ms,
    )
    if isinstance(event, EpisodeEvent):
        incident._take_reason(event)
    return incident


def kind_of(event: AnyEvent) -> IncidentKind:
    """Return whether it is an episode's event or a silence's."""
    return "anomaly" if isinstance(event, EpisodeEvent) else "silence"


def severity_of(event: AnyEvent, silence_severity: Severity) -> Severity:
    """Return the highest severity so far; silences have a set one."""
    if not isinstance(event, EpisodeEvent):
        return silence_severity
    return event.severity if event.peak_severity is UNSET else event.peak_severity


def _end(event: AnyEvent) -> int | None:
    if event.state not in ENDS:
        return None
    return event.timestamp if event.end is UNSET else event.end
