"""Details of one episode, for `streamgauge watch`."""

from __future__ import annotations

import shlex
from typing import Final

from msgspec import UNSET
from rich.text import Text

from stream.control.view import ControlView
from stream.events.anomalies import AnyEvent
from stream.events.episode_log import EpisodeSummary
from stream.events.episodes import EpisodeEvent, Severity
from stream.events.text import format_date_time, format_duration, format_time, format_value
from stream.formats.limits import to_iso
from stream.formats.rejections import excerpt
from stream.terminal import wrap

SEVERITY_STYLES: Final[dict[Severity, str]] = {"minor": "yellow4", "major": "dark_orange3", "critical": "bold red"}
"""Readable on dark and on light terminals; the word stands beside the colour."""

COLUMN = 12


def number(value: float | None) -> str:
    """Format a number in about four digits; a dash for none."""
    return "-" if value is None else format_value(value, 4)


def opened(start_ms: int, *, with_year: bool) -> str:
    """Write when an episode opened, in UTC."""
    return format_date_time(start_ms) if with_year else format_time(start_ms)


def lasts(milliseconds: int) -> str:
    """Write how long an episode lasts; from a minute on without seconds."""
    return format_duration(milliseconds if milliseconds < 60_000 else milliseconds // 60_000 * 60_000).removesuffix(
        "00s"
    )


def shortened(name: str, width: int) -> str:
    """Shorten a name in its middle: both ends of a series' name tell it from others."""
    if len(name) <= width:
        return name
    left = (width - 1) // 2
    return f"{name[:left]}…{name[len(name) - (width - 1 - left) :]}"


def render_detail(summary: EpisodeSummary, control: ControlView, width: int, now_ms: int) -> Text:
    """Draw all that is known of an episode, and what to do next."""
    latest = summary.latest
    severity, events = summary.severity, "event" if summary.n_events == 1 else "events"
    lines = [Text.assemble((excerpt(latest.series, 1_000), "bold"), end="")]
    rows = [
        ("feature", "" if latest.feature is UNSET else excerpt(latest.feature, 200)),
        ("state", f"{summary.phase}, {lasts(summary.lasts_ms(now_ms))}, {summary.n_events} {events}"),
        ("severity", severity or ""),
        ("opened", f"{opened(latest.start, with_year=True)} UTC"),
        ("why", excerpt(summary.why, 1_000)),
        ("now", "" if latest is summary.peak or latest.why is UNSET else excerpt(latest.why, 1_000)),
        *(_figures(summary.peak) if isinstance(summary.peak, EpisodeEvent) else []),
        *_answers(summary, control, now_ms),
        ("episode", latest.episode),
        ("next", _show_command(latest)),
        ("", f"streamgauge ack {latest.episode}" if not summary.is_over else ""),
        ("", f"streamgauge verdict {latest.episode} false|expected|real" if severity else ""),
    ]
    for name, text in rows:
        if text:
            wrapped = wrap(f"{name:<{COLUMN}}{text}", width, COLUMN)
            lines.append(Text(wrapped, SEVERITY_STYLES[severity] if severity and name == "severity" else "", end=""))
    return Text("\n").join([*lines, Text("Enter or Esc goes back", "italic dim")])


def _show_command(event: AnyEvent) -> str:
    """Return the command that draws an episode."""
    feature = "" if event.feature is UNSET else f" --feature {shlex.quote(event.feature)}"
    return f"streamgauge show {shlex.quote(event.series)}{feature} --at {to_iso(event.start)}"


def _figures(event: EpisodeEvent) -> list[tuple[str, str]]:
    band = "" if event.lower is None else f" ({number(event.lower)} to {number(event.upper)})"
    expected = "" if event.expected is None else f"{number(event.expected)}{band}"
    flags = ", ".join(event.flags)
    return [
        ("value", number(event.actual)),
        ("expected", expected),
        ("score", f"{number(event.peak_score)}; 1 is the threshold"),
        ("evidence", "" if event.evidence is UNSET else event.evidence),
        ("flags", flags),
        ("model", f"{event.model.name} {event.model.version}"),
    ]


def _answers(summary: EpisodeSummary, control: ControlView, now_ms: int) -> list[tuple[str, str]]:
    ack, verdict = control.ack_of(summary.latest.episode), control.verdict_of(summary.latest.episode)
    mute = control.muted(summary.latest.series, now_ms)
    return [
        ("acked", f"by {ack.by}, {format_time(ack.at)} UTC" if ack else ""),
        ("verdict", f"{verdict.verdict}, by {verdict.by}" if verdict else ""),
        ("muted", f"until {format_time(mute.until)} UTC by {mute.by} ({mute.match}) {mute.why}" if mute else ""),
    ]
