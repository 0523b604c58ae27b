"""Summary for people: a table and a few sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from stream.cli.demo.scene.labels import LabelComparison, Match
from stream.cli.demo.scene.results import FaultResult, start_ms
from stream.cli.demo.scene.scene import HOUR_MS, START_MS
from stream.cli.demo.summary import Summary
from stream.cli.watch.episode_text import SEVERITY_STYLES, number
from stream.events.episodes import EpisodeEvent
from stream.events.text import format_duration, format_time

WEEK_MS = 168 * HOUR_MS


def show(summary: Summary, console: Console) -> None:
    """Print the summary, readable at 80 columns."""
    outcome = summary.outcome
    console.print()
    if outcome.findings:
        console.print(_table(outcome.findings))
        console.print(_not_planted(outcome.not_planted))
    if summary.comparison is not None:
        if summary.comparison.matches:
            console.print(_windows(summary.comparison))
        console.print(_outside(summary.comparison))
    if summary.n_own_series:
        console.print(f"Episodes in your files: {_count(outcome.own)}.")
    if summary.n_refused:
        console.print(f"Points that were dead-lettered, such as those in the future: {summary.n_refused:,}.")
    console.print(_speed(summary))


def _speed(summary: Summary) -> str:
    played = f"{summary.n_points:,} points of {summary.n_series} series in {summary.seconds:.1f} s"
    if summary.pace_s:
        return f"{played}, paced by --for."
    rate = summary.n_points / summary.seconds
    return f"{played}: {rate:,.0f} points/s from publisher through broker and worker."


def _titled(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table


def _table(findings: Sequence[FaultResult]) -> Table:
    table = _titled("Planted faults", "fault", "start (UTC)", "detected after", "peak score", "what happened")
    for finding in findings:
        table.add_row(*_cells(finding))
    return table


def _cells(finding: FaultResult) -> Iterator[str]:
    yield finding.fault.kind
    yield format_time(start_ms(finding.fault))
    yield from _alarm(finding, finding.episode)
    yield finding.fault.story


def _alarm(found: FaultResult | Match, event: EpisodeEvent | None) -> tuple[str, str]:
    """Format an alert's delay, peak score and severity."""
    if event is None or found.peak is None or found.delay_ms is None:
        return "[bold red]MISSED", ""
    delay = format_duration(found.delay_ms) if found.delay_ms else "1st point"
    score, severity = found.peak
    return delay, f"{number(score):<5} [{SEVERITY_STYLES[severity]}]{severity}"


def _not_planted(episodes: Sequence[EpisodeEvent]) -> str:
    n_early = sum(episode.start < START_MS + WEEK_MS for episode in episodes)
    early = f"; {n_early} in the first week, when much happens for the first time" if n_early else ""
    return f"\nFalse alarms: {_count(episodes)}{early}."


def _windows(comparison: LabelComparison) -> Table:
    table = _titled(
        f"Windows that NAB labels in {comparison.series}", "start (UTC)", "end", "first alarm after", "peak score"
    )
    for match in comparison.matches:
        table.add_row(
            format_time(match.window.first_ms), format_time(match.window.last_ms), *_alarm(match, match.alarm)
        )
    return table


def _outside(comparison: LabelComparison) -> str:
    if not comparison.matches:
        return f"NAB labels no anomaly in {comparison.series}. Episodes: {_starts(comparison.outside)}."
    found = f"Labelled windows with an alarm: {comparison.n_found} of {len(comparison.matches)}"
    return f"\n{found}.\nEpisodes outside of them: {_starts(comparison.outside)}."


def _starts(episodes: Sequence[EpisodeEvent]) -> str:
    if not episodes:
        return "none"
    return f"{len(episodes)} ({', '.join(format_time(episode.start) for episode in episodes)})"


def _count(episodes: Sequence[EpisodeEvent]) -> str:
    if not episodes:
        return "none"
    counts = Counter(episode.series for episode in episodes)
    return f"{len(episodes)} ({', '.join(f'{n} in {name}' for name, n in counts.most_common())})"
