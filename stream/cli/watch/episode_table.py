"""Table of episodes of `streamgauge watch`."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass

from msgspec import UNSET
from rich.text import Text

from stream.cli.watch.episode_text import SEVERITY_STYLES, number
from stream.events.anomalies import AnyEvent
from stream.events.cloud_event import event_id
from stream.events.episodes import EpisodeEvent, Severity
from stream.events.text import format_duration, format_time
from stream.formats.rejections import excerpt
from stream.terminal import wrap

MAX_EPISODES = 1_000
"""Episodes remembered; more than any terminal has lines."""

MAX_IDS = 20_000
"""Events remembered to know a repeat: a worker that was killed repeats the events of a second or so."""

MAX_NAME_LENGTH, MAX_WHY_LENGTH = 200, 500
"""Characters of the names of a series and its feature, and of a reason, that are shown."""

HEADING = f"{'opened (UTC)':<12}  {'state':<7}  {'sev':<4}  {'score':>7}  {'lasts':>7}  series, and why"
WHY_COLUMN = 14
"""Where the reason begins, below the state."""

OVER = {"close": "closed", "back": "back", "passed": "passed"}
"""Last states of an episode, of a silence and of a pending alarm, and how the table names them."""

SHORT: dict[Severity, str] = {"minor": "min", "major": "maj", "critical": "CRIT"}
"""How the table writes the severity, beside its colour."""


@dataclass(slots=True)
class _Known:
    """Latest and peak event of an episode or silence."""

    latest: AnyEvent
    peak: AnyEvent


class EpisodeTable:
    """Episodes by their ids, each with its latest event and its reason.

    Parameters
    ----------
    placeholder : str
        Shown as long as there is no episode.

    Attributes
    ----------
    n_repeats : int
        Events left out because they had been seen.
    note : str
        A second line of the caption, if there is something to be said beside the episodes.
    """

    def __init__(self, placeholder: str = "0 episodes") -> None:
        self._placeholder = placeholder
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._ids: OrderedDict[str, None] = OrderedDict()
        self.n_repeats = 0
        self.note = ""

    def add(self, event: AnyEvent) -> bool:
        """Add an event; return False for a repeat."""
        name = event_id(event)
        if name in self._ids:
            self.n_repeats += 1
            return False
        self._ids[name] = None
        known = self._known.setdefault(event.episode, _Known(event, event))
        known.latest = event
        if _is_news(event, known.peak):
            known.peak = event
        if len(self._ids) > MAX_IDS:
            self._ids.popitem(last=False)
        if len(self._known) > MAX_EPISODES:
            self._known.popitem(last=False)
        return True

    def render(self, width: int, n_lines: int) -> Text:
        """Draw the episodes that opened last, the newest first: as many as fit, each with its whole reason below."""
        newest = sorted(self._known.values(), key=lambda known: known.latest.start, reverse=True)
        caption = "\n".join(wrap(line, width) for line in (self._caption(), self.note) if line)
        drawn, n_left = [Text(HEADING, "bold", end="")], n_lines - 2 - caption.count("\n")
        for entry in (_entry(known, width) for known in newest):
            n_left -= 1 + entry.plain.count("\n")
            if n_left < 0 and len(drawn) > 1:
                break
            drawn.append(entry)
        return Text("\n").join([*drawn, Text(caption, "italic dim")])

    def _caption(self) -> str:
        if not self._known:
            return self._placeholder
        states = Counter(known.latest.state for known in self._known.values())
        n_open = sum(n for state, n in states.items() if state not in OVER and state != "pending")
        pending = f", {states['pending']} pending" if states["pending"] else ""
        repeats = f", {self.n_repeats} repeated events left out" if self.n_repeats else ""
        return (
            f"{len(self._known)} episodes, {n_open} open{pending}{repeats}; each with the reason at its highest score"
        )


def _entry(known: _Known, width: int) -> Text:
    """Draw an episode: a line of figures with its series, and the reason below."""
    latest, peak = known.latest, known.peak
    severity, score, style = _severity_and_score(latest)
    lasts = format_duration((latest.timestamp if latest.end is UNSET else latest.end) - latest.start)
    line = Text.assemble(
        f"{format_time(latest.start)}  {_state(latest):<7}  ",
        (f"{severity:<4}  {score:>7}", style),
        f"  {lasts:>7}  {excerpt(_name(latest), MAX_NAME_LENGTH)}",
        style="dim" if latest.state in OVER else "",
    )
    line.truncate(width, overflow="ellipsis")
    if peak.why is UNSET:
        return line
    why = wrap(f"{'':{WHY_COLUMN}}{excerpt(peak.why, MAX_WHY_LENGTH)}", width, WHY_COLUMN)
    return line.append(f"\n{why}")


def _is_news(event: AnyEvent, peak: AnyEvent) -> bool:
    """Check whether an event's reason replaces the shown one."""
    if not (isinstance(event, EpisodeEvent) and isinstance(peak, EpisodeEvent)):
        return False
    opens = event.state == "open" and peak.state == "pending"
    return opens or (event.score > peak.score and event.state not in OVER)


def _state(event: AnyEvent) -> str:
    if event.state == "update":
        return "open"
    return OVER.get(event.state, event.state)


def _severity_and_score(event: AnyEvent) -> tuple[str, str, str]:
    """Write the highest severity and the highest score of an episode so far, and choose their style."""
    if not isinstance(event, EpisodeEvent):
        return "", number(None), ""
    worst = event.severity if event.peak_severity is UNSET else event.peak_severity
    return SHORT[worst], number(event.peak_score), SEVERITY_STYLES[worst]


def _name(event: AnyEvent) -> str:
    return event.series if event.feature is UNSET else f"{event.series} \N{MIDDLE DOT} {event.feature}"
