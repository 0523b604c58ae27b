"""The summary for people: a table of the planted faults, and a few sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from stream.cli.demo.scene.labels import Comparison, Match
from stream.cli.demo.scene.results import Finding, start_ms
from stream.cli.demo.scene.scene import HOUR_MS, START_MS
from stream.cli.demo.summary import Summary
from stream.cli.watch.episode_text import SEVERITY_STYLES, number
from stream.events.episodes import Episode
from stream.events.text import duration, moment

WEEK_MS = 168 * HOUR_MS


def show(summary: Summary, console: Console) -> None:
    """Print it; readable at 80 columns, with and without colours."""
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


def _table(findings: Sequence[Finding]) -> Table:
    table = _titled("Planted faults", "fault", "start (UTC)", "detected after", "peak score", "what happened")
    for finding in findings:
        table.add_row(*_cells(finding))
    return table


def _cells(finding: Finding) -> Iterator[str]:
    yield finding.fault.kind
    yield moment(start_ms(finding.fault))
    yield from _alarm(finding, finding.episode)
    yield finding.fault.story


def _alarm(found: Finding | Match, event: Episode | None) -> tuple[str, str]:
    """Write how late an alarm came, and the peak score and severity of its episode."""
    if event is None or found.peak is None or found.delay_ms is None:
        return "[bold red]MISSED", ""
    delay = duration(found.delay_ms) if found.delay_ms else "1st point"
    score, severity = found.peak
    return delay, f"{number(score):<5} [{SEVERITY_STYLES[severity]}]{severity}"


def _not_planted(episodes: Sequence[Episode]) -> str:
    n_early = sum(episode.start < START_MS + WEEK_MS for episode in episodes)
    early = f"; {n_early} in the first week, when much happens for the first time" if n_early else ""
    return f"\nFalse alarms: {_count(episodes)}{early}."


def _windows(comparison: Comparison) -> Table:
    table = _titled(
        f"Windows that NAB labels in {comparison.series}", "start (UTC)", "end", "first alarm after", "peak score"
    )
    for match in comparison.matches:
        table.add_row(moment(match.window.first_ms), moment(match.window.last_ms), *_alarm(match, match.alarm))
    return table


def _outside(comparison: Comparison) -> str:
    if not comparison.matches:
        return f"NAB labels no anomaly in {comparison.series}. Episodes: {_starts(comparison.outside)}."
    found = f"Labelled windows with an alarm: {comparison.n_found} of {len(comparison.matches)}"
    return f"\n{found}.\nEpisodes outside of them: {_starts(comparison.outside)}."


def _starts(episodes: Sequence[Episode]) -> str:
    if not episodes:
        return "none"
    return f"{len(episodes)} ({', '.join(moment(episode.start) for episode in episodes)})"


def _count(episodes: Sequence[Episode]) -> str:
    if not episodes:
        return "none"
    counts = Counter(episode.series for episode in episodes)
    return f"{len(episodes)} ({', '.join(f'{n} in {name}' for name, n in counts.most_common())})"
