"""What became of labelled windows: which of them an alarm fell into, and which episodes lie outside all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stream.cli.demo.scene.nab import Labelled, Window
from stream.cli.demo.scene.results import Peak, alarms_between, distinct_alarms, peaks_of
from stream.events.episodes import Episode


class Match(NamedTuple):
    """A labelled window, and the first alarm in it.

    Attributes
    ----------
    window : Window
    alarm : Episode or None
        None if there was none.
    peak : Peak or None
        Of its episode.
    """

    window: Window
    alarm: Episode | None
    peak: Peak | None

    @property
    def delay_ms(self) -> int | None:
        """Time from the start of the window to the alarm; None if there was none."""
        return None if self.alarm is None else self.alarm.timestamp - self.window.first_ms


@dataclass(frozen=True, slots=True)
class Comparison:
    """The episodes of a series beside its labels.

    Attributes
    ----------
    series : str
    matches : list of Match
        One for each labelled window.
    outside : list of Episode
        Opening events of episodes without an alarm in any of them.
    """

    series: str
    matches: list[Match]
    outside: list[Episode]

    @property
    def n_found(self) -> int:
        """Count the windows with an alarm."""
        return sum(match.alarm is not None for match in self.matches)


def compare(labelled: Labelled, events: Sequence[Episode]) -> Comparison:
    """Match the episodes of a series with its labelled windows.

    Parameters
    ----------
    labelled : Labelled
    events : sequence of Episode
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
    return Comparison(name, matches, sorted(outside, key=lambda event: event.start))
