"""Transitions: changes of an episode that are worth an event, and why an alarm may be worth none."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from stream.detection.facts import Facts


class Change(IntEnum):
    """What a point did to its key's episode; WORSE, AGAIN and LASTING are updates of an open one."""

    NONE = 0
    OPEN = 1
    WORSE = 2
    AGAIN = 3
    LASTING = 4
    CLOSE = 5


class Held(IntEnum):
    """Why an alarm opened no episode."""

    NONE = 0
    MIN_DEVIATION = 1
    DIRECTION = 2


class Transition(NamedTuple):
    """A change of an episode that is worth an event.

    Attributes
    ----------
    row : int
        Index of the verdict that caused it.
    change : Change
    start_ms : int
        Event time at which the episode opened.
    end_ms : int or None
        Of a closed one: event time of the first verdict that was back inside for good.
    peak_score : float
        Highest score so far.
    direction : int
        1 if what opened it went up, else -1.
    score, expected, lower, upper : float
        Of this point; `expected` and the band come from the forecast made before it was seen.
    shares : tuple of float
        Share of each kind of evidence in the score, as `Scores.shares` gives it; empty where windows are judged.
    notes : int
        The `NOTE_` bits of `stream.detection.timeline`.
    facts : Facts or None
        What the state knows beside these; None where windows are judged.
    window_start_ms : int or None
        Event time of the first point of the window judged, if windows are.
    """

    row: int
    change: Change
    start_ms: int
    end_ms: int | None
    peak_score: float
    direction: int
    score: float
    expected: float
    lower: float
    upper: float
    shares: tuple[float, ...]
    notes: int
    facts: Facts | None = None
    window_start_ms: int | None = None
