"""Labelled windows matched with alerts, and alerts outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stream.cli.demo.scene.nab import Labelled, Window
from stream.cli.demo.scene.results import EpisodePeak, alarms_between, distinct_alarms, peaks_of
from stream.events.episodes import EpisodeEvent


class Match(NamedTuple):
    """A labelled window, and the first alarm in it.

    Attributes
    ----------
    alarm : EpisodeEvent or None
        None if there was none.
    peak : EpisodePeak or None
        Of its episode.
    """

    window: Window
    alarm: EpisodeEvent | None
    peak: EpisodePeak | None

    @property
    def delay_ms(self) -> int | None:
        """Delay from window start to alert; None if missed."""
        return None if self.alarm is None else self.alarm.timestamp - self.window.first_ms


@dataclass(frozen=True, slots=True)
class LabelComparison:
    """The episodes of a series beside its labels.

    Attributes
    ----------
    matches : list of Match
        One for each labelled window.
    outside : list of EpisodeEvent
        Opening events of episodes without an alarm in any of them.
    """

    series: str
    matches: list[Match]
    outside: list[EpisodeEvent]

    @property
    def n_found(self) -> int:
        """Count the windows with an alarm."""
        return sum(match.alarm is not None for match in self.matches)


def compare(labelled: Labelled, events: Sequence[EpisodeEvent]) -> LabelComparison:
    """Match the episodes of a series with labelled windows.

    Parameters
    ----------
    events : sequence of EpisodeEvent
        All events that were seen, repeats included.
    """
    name, alarms, peaks = labelled.series.name, distinct_alarms(events), peaks_of(events)
    within = [alarms_between(alarms, name, window.first_ms, window.last_ms + 1) for window in labelled.windows]
    matches = [
        Match(window, found[0], peaks[found[0].episode]) if found else Match(window, None, None)
        for window, found in zip(labelled.windows, within, strict=True)
    ]
    inside = {alarm.episode for found in within for alarm in found}
    opened = {event.episode: event for event in events if event.state == "open" and event.series == name}
    outside = [event for episode, event in opened.items() if episode not in inside]
    return LabelComparison(name, matches, sorted(outside, key=lambda event: event.start))
