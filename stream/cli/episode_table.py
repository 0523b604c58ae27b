"""The table of episodes that `streamgauge watch` keeps up to date."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from msgspec import UNSET
from rich.table import Table
from rich.text import Text

from stream.cli.episode_text import SEVERITY_STYLES, duration, moment, number
from stream.formats import Episode, event_id
from stream.formats.reasons import excerpt

MAX_EPISODES = 1_000
"""Episodes remembered; more than any terminal has lines."""

MAX_IDS = 20_000
"""Events remembered to know a repeat: a worker that was killed repeats the events of a second or so."""


MAX_NAME_LENGTH = 200
"""Characters of the names of a series and its feature that are handed to the table, which cuts it to its width."""


@dataclass(slots=True)
class _Known:
    """An episode: its latest event, and the one with the largest score."""

    latest: Episode
    peak: Episode


class EpisodeTable:
    """Episodes by their ids, each with what its events said so far.

    Attributes
    ----------
    n_repeats : int
        Events passed over because they had been seen.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._ids: OrderedDict[str, None] = OrderedDict()
        self.n_repeats = 0

    def add(self, event: Episode) -> bool:
        """Take in an event; False when it has the id of one before, so that it is a repeat."""
        name = event_id(event)
        if name in self._ids:
            self.n_repeats += 1
            return False
        self._ids[name] = None
        known = self._known.setdefault(event.episode, _Known(event, event))
        known.latest = event
        if event.score > known.peak.score:
            known.peak = event
        if len(self._ids) > MAX_IDS:
            self._ids.popitem(last=False)
        if len(self._known) > MAX_EPISODES:
            self._known.popitem(last=False)
        return True

    def render(self, n_rows: int) -> Table:
        """Draw the `n_rows` episodes that opened last, the newest first."""
        table = Table(box=None, caption=self._caption(), caption_justify="left", expand=True, pad_edge=False)
        for name in ("opened (UTC)", "series", "state"):
            table.add_column(name, no_wrap=True, ratio=1 if name == "series" else None)
        for name in ("actual", "expected", "lower, upper", "score", "lasts"):
            table.add_column(name, justify="right", no_wrap=True)
        newest = sorted(self._known.values(), key=lambda known: known.latest.start, reverse=True)
        for known in newest[:n_rows]:
            table.add_row(*_cells(known), style="dim" if known.latest.state == "close" else None)
        return table

    def _caption(self) -> str:
        n_open = sum(known.latest.state != "close" for known in self._known.values())
        repeats = f", {self.n_repeats} repeated events passed over" if self.n_repeats else ""
        return f"{len(self._known)} episodes, {n_open} open{repeats}; each with the figures of its highest score"


def _cells(known: _Known) -> list[str | Text]:
    latest, peak = known.latest, known.peak
    return [
        moment(latest.start),
        Text(excerpt(_name(latest), MAX_NAME_LENGTH)),
        "closed" if latest.state == "close" else "open",
        _actual(peak),
        number(peak.expected),
        Text(_band(peak)),
        Text(number(latest.peak_score), style=SEVERITY_STYLES[latest.severity]),
        duration(latest.timestamp - latest.start),
    ]


def _name(episode: Episode) -> str:
    return episode.series if episode.feature is UNSET else f"{episode.series} \N{MIDDLE DOT} {episode.feature}"


def _actual(episode: Episode) -> str:
    return f"{number(episode.actual)}/s" if episode.transform == "rate" else number(episode.actual)


def _band(episode: Episode) -> str:
    if episode.lower is None and episode.upper is None:
        return number(None)
    return f"[{number(episode.lower)}, {number(episode.upper)}]"
