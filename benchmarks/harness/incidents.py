"""Incidents: how many episodes, and how many events of them, each labelled window has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from stream.detection.arrays import Int64
from stream.detection.episodes.transition import Change, Transition


@dataclass(frozen=True, slots=True)
class Incident:
    """An episode, by the rows of its file."""

    first: int
    last: int
    """Row at which it opened, and the last one before it was back inside for good."""
    n_events: int
    """Messages about it, from `open` to `close`."""
    hold_ms: int | None
    """Event time from its end to its `close`; None if the file ends first."""

    def touches(self, window: Int64) -> bool:
        """Return whether any of it lies in a window, first and last row."""
        return bool(self.first <= window[1] and self.last >= window[0])


def incidents(transitions: Iterable[Transition], timestamps_ms: Int64) -> list[Incident]:
    """Put together the episodes of one series.

    Parameters
    ----------
    transitions : iterable of Transition
        In their order; their rows are those of the series.
    timestamps_ms : int64, shape (rows,)
    """
    return [_incident(events, timestamps_ms) for events in _episodes(transitions)]


def _episodes(transitions: Iterable[Transition]) -> Iterator[list[Transition]]:
    events: list[Transition] = []
    for transition in transitions:
        if transition.change == Change.OPEN and events:
            yield events
            events = []
        events.append(transition)
    if events:
        yield events


def _incident(events: list[Transition], timestamps_ms: Int64) -> Incident:
    first, end = events[0], events[-1]
    if end.end_ms is None:
        return Incident(first.row, len(timestamps_ms) - 1, len(events), None)
    calm = int(np.flatnonzero(timestamps_ms[: end.row + 1] == end.end_ms)[-1])
    return Incident(first.row, calm - 1, len(events), int(timestamps_ms[end.row]) - end.end_ms)


def per_window(found: Iterable[Incident], windows: Int64) -> list[int]:
    """Count the episodes that touch each window; `windows` has shape (windows, 2), first and last row of each."""
    found = list(found)
    return [sum(each.touches(window) for each in found) for window in windows]


def histogram(counts: Iterable[int]) -> dict[int, int]:
    """Count how often each number occurs, the smallest first."""
    return dict(sorted(Counter(counts).items()))
