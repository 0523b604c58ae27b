"""Transitions: changes of episodes that are worth an event."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from stream.detection.arrays import Bool
from stream.detection.episodes.facts import EventFacts


class Change(IntEnum):
    """Change of an episode by one point.

    PENDING is an alarm that a rule asks to last before it opens an episode, PASSED one that did not last.
    """

    NONE = 0
    OPEN = 1
    ESCALATED = 2
    REALERTED = 3
    DIFFERENT = 4
    REMINDER = 5
    CLOSE = 6
    PENDING = 7
    PASSED = 8


def among(*changes: Change) -> Bool:
    """Make a table that tells of every `Change` whether it is one of these."""
    table = np.zeros(len(Change), np.bool_)
    table[list(changes)] = True
    return table


class Severity(IntEnum):
    """How bad it is: see `stream.detection.episodes.severity`."""

    MINOR = 0
    MAJOR = 1
    CRITICAL = 2


class Transition(NamedTuple):
    """A change of an episode that needs an event.

    Attributes
    ----------
    row : int
        Index of the verdict that caused it.
    change : Change
    start_ms : int
        Event time of the first alarm.
    end_ms : int or None
        Of a closed one: event time of the first verdict that was back inside for good.
    peak_score : float
        Highest score so far.
    severity, peak_severity : Severity
        Of this point, and the highest so far.
    direction : int
        1 if what it is about is above what was expected, else -1.
    score : float
        Of this point.
    expected, lower, upper : float
        What the evidence expected of what it compared, and the range it allowed; NaN where there is none.
    shares : tuple of 7 floats
        Of each kind of evidence in the score; empty where windows are judged.
    notes : int
        Bits of `stream.detection.points.timeline`, such as `NOTE_IMPUTED`.
    facts : EventFacts or None
        What the state knows beside these; None where windows are judged.
    window_start_ms : int or None
        Event time of the first point of the window judged, if windows are.
    """

    row: int
    change: Change
    start_ms: int
    end_ms: int | None
    peak_score: float
    severity: Severity
    peak_severity: Severity
    direction: int
    score: float
    expected: float
    lower: float
    upper: float
    shares: tuple[float, ...]
    notes: int
    facts: EventFacts | None = None
    window_start_ms: int | None = None
