"""Summary: faults found and missed, other alerts, speed; as JSON and for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from stream.cli.demo.scene.labels import LabelComparison, Match
from stream.cli.demo.scene.results import TOLERANCE_MS, DemoOutcome, FaultResult, end_ms, start_ms
from stream.cli.demo.scene.scene import HOUR_MS, START_MS
from stream.cli.watch.detail import SEVERITY_STYLES, number
from stream.events.episodes import EpisodeEvent
from stream.events.text import format_duration, format_time

WEEK_MS = 168 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a run."""

    outcome: DemoOutcome
    n_series: int
    n_own_series: int
    n_points: int
    """Series played, how many of them were the user's own, and points of all."""
    n_refused: int
    """Of these points, how many the worker dead-lettered."""
    seconds: float
    pace_s: float
    """From the first point sent until the last one was scored, and what was asked for; 0 for as fast as possible."""
    comparison: LabelComparison | None = None
    """With the labels of the series, where it has some."""

    def as_json(self) -> dict[str, object]:
        """Return the summary for `--json`; times in ms since the epoch."""
        outcome = self.outcome
        return {
            "n_planted": len(outcome.findings),
            "n_found": len(outcome.findings) - len(outcome.missed),
            "tolerance_ms": TOLERANCE_MS,
            "planted": [_finding(finding) for finding in outcome.findings],
            "not_planted": [_opening(episode) for episode in outcome.not_planted],
            "own": [_opening(episode) for episode in outcome.own],
            "labels": None if self.comparison is None else _comparison(self.comparison),
            "n_series": self.n_series,
            "n_own_series": self.n_own_series,
            "n_points": self.n_points,
            "n_refused": self.n_refused,
            "seconds": round(self.seconds, 3),
            "pace_s": self.pace_s,
            "points_per_s": round(self.n_points / self.seconds),
        }


def _finding(finding: FaultResult) -> dict[str, object]:
    fault, episode = finding.fault, finding.episode
    return {
        "kind": fault.kind,
        "series": fault.series,
        "start": start_ms(fault),
        "end": end_ms(fault),
        "found": episode is not None,
        "episode": None if episode is None else episode.episode,
        "delay_ms": finding.delay_ms,
        "peak_score": None if finding.peak is None else finding.peak.score,
        "peak_severity": None if finding.peak is None else finding.peak.severity,
    }


def _opening(episode: EpisodeEvent) -> dict[str, object]:
    return {"series": episode.series, "episode": episode.episode, "start": episode.start, "score": episode.score}


def _comparison(comparison: LabelComparison) -> dict[str, object]:
    return {
        "series": comparison.series,
        "n_windows": len(comparison.matches),
        "n_found": comparison.n_found,
        "windows": [_match(match) for match in comparison.matches],
        "outside": [_opening(episode) for episode in comparison.outside],
    }


def _match(match: Match) -> dict[str, object]:
    return {
        "start": match.window.first_ms,
        "end": match.window.last_ms,
        "found": match.alarm is not None,
        "episode": None if match.alarm is None else match.alarm.episode,
        "delay_ms": match.delay_ms,
        "peak_score": None if match.peak is None else match.peak.score,
        "peak_severity": None if match.peak is None else match.peak.severity,
    }


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
