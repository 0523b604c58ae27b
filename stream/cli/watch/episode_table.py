"""Table of episodes of `streamgauge watch`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from rich.text import Text

from stream.cli.watch.detail import SEVERITY_STYLES, lasts, number, opened, shortened
from stream.cli.watch.selection import Selection
from stream.control.view import ControlView
from stream.events.anomalies import AnyEvent
from stream.events.episode_log import EpisodeLog, EpisodeSummary
from stream.events.episodes import SEVERITIES
from stream.events.text import display_name, format_count
from stream.formats.rejections import excerpt
from stream.terminal import wrap

MAX_NAME_LENGTH, MAX_WHY_LENGTH = 200, 500
"""Characters of the names of a series and its feature, and of a reason, that are shown."""

WHY_COLUMN: Final = 2
PHASE_ORDER: Final = ("open", "silent", "pending")
"""What goes on, the worst first; what is over follows."""


class EpisodeTable:
    """Episodes by their ids, each with its newest event and its reason.

    Parameters
    ----------
    placeholder : str
        Shown as long as there is no episode.

    Attributes
    ----------
    control : ControlView
        Mutes and acknowledgements to show.
    note : str
        A last line, if there is something to be said beside the episodes.
    """

    def __init__(
        self, placeholder: str = "0 episodes", now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    ) -> None:
        self._placeholder, self._now_ms = placeholder, now_ms
        self.log = EpisodeLog()
        self.control = ControlView()
        self.note = ""

    def add(self, event: AnyEvent, published_ms: int | None = None) -> bool:
        """Add an event; return False for a repeat."""
        return self.log.add(event, self._now_ms() if published_ms is None else published_ms) is not None

    def show_control(self, view: ControlView) -> None:
        """Show other mutes and acknowledgements; from any thread."""
        self.control = view

    def shown(self, selection: Selection) -> list[EpisodeSummary]:
        """Return the chosen episodes: open ones first, the worst before the others, then the newest."""
        found = [each for each in self.log if selection.holds(each)]
        return sorted(found, key=self._order)

    def render(self, width: int, n_lines: int, selection: Selection | None = None) -> Text:
        """Draw as many episodes as fit, each with its whole reason below."""
        selection = selection or Selection()
        shown = self.shown(selection)
        now_ms = self._now_ms()
        with_year = any(_year(each.latest.start) != _year(now_ms) for each in shown)
        caption = "\n".join(wrap(line, width) for line in (self._caption(len(shown)), self.note) if line)
        drawn, n_left = [Text(_heading(with_year), "bold", end="")], n_lines - 2 - caption.count("\n")
        for summary in shown[selection.first(shown) :]:
            entry = self._entry(summary, width, now_ms, with_year=with_year)
            if summary.latest.episode == selection.chosen:
                entry.stylize("reverse", 0, entry.plain.find("\n") if "\n" in entry.plain else None)
            n_left -= 1 + entry.plain.count("\n")
            if n_left < 0 and len(drawn) > 1:
                break
            drawn.append(entry)
        return Text("\n").join([*drawn, Text(caption, "italic dim")])

    def signature(self) -> tuple[object, ...]:
        """Return what changes whenever the picture does; cheaper than a picture."""
        now_ms = self._now_ms()
        durations = tuple(lasts(each.lasts_ms(now_ms)) for each in self.log if not each.is_over)
        n_events = sum(each.n_events for each in self.log)
        return n_events, self.log.n_repeats, durations, self.note, id(self.control), any(self.control.mutes)

    def answer(self, summary: EpisodeSummary) -> str:
        """Return what a person did about an episode, in one word; nothing if nobody did."""
        latest = summary.latest
        if self.control.muted(latest.series, self._now_ms()) is not None:
            return "muted"
        return "acked" if self.control.ack_of(latest.episode) is not None else ""

    def _order(self, summary: EpisodeSummary) -> tuple[int, bool, int, int]:
        phase = PHASE_ORDER.index(summary.phase) if summary.phase in PHASE_ORDER else len(PHASE_ORDER)
        severity = 0 if summary.is_over or summary.severity is None else -SEVERITIES.index(summary.severity)
        is_answered = not summary.is_over and bool(self.answer(summary))
        return phase, is_answered, severity, -summary.latest.start

    def _entry(self, summary: EpisodeSummary, width: int, now_ms: int, *, with_year: bool) -> Text:
        """Draw an episode: a line of figures with its series, and the reason below."""
        severity, answer = summary.severity, self.answer(summary)
        state = answer if answer and not summary.is_over else summary.phase
        before = f"{opened(summary.latest.start, with_year=with_year)}  {state:<7}  "
        after = f"  {number(summary.peak_score):>6}  {lasts(summary.lasts_ms(now_ms)):>6}  "
        room = max(8, width - len(before) - len(after) - len("critical"))
        style = SEVERITY_STYLES[severity] if severity else ""
        name = shortened(excerpt(display_name(summary.latest.series, summary.latest.feature), MAX_NAME_LENGTH), room)
        line = Text.assemble(before, (f"{severity or '':<8}", style), after, (name, "" if answer else "bold"))
        if summary.is_over or answer:
            line.stylize("dim")
        line.truncate(width, overflow="ellipsis")
        if not summary.why:
            return line
        why = wrap(f"{'':{WHY_COLUMN}}{excerpt(summary.why, MAX_WHY_LENGTH)}", width, WHY_COLUMN)
        return line.append(f"\n{why}", "dim" if summary.is_over else "")

    def _caption(self, n_shown: int) -> str:
        if not len(self.log):
            return self._placeholder
        phases = Counter(each.phase for each in self.log)
        parts = [format_count(len(self.log), "episode"), f"{phases['open']} open"]
        parts += [f"{phases[phase]} {phase}" for phase in ("silent", "pending") if phases[phase]]
        parts += [f"{n_shown} shown"] if n_shown < len(self.log) else []
        parts += [f"{self.log.n_repeats} repeated events left out"] if self.log.n_repeats else []
        return ", ".join(parts)


def _heading(with_year: bool) -> str:
    time_width = 16 if with_year else 12
    return f"{'opened (UTC)':<{time_width}}  {'state':<7}  {'severity':<8}  {'score':>6}  {'lasts':>6}  series"


def _year(timestamp_ms: int) -> int:
    return time.gmtime(timestamp_ms / 1000).tm_year
