"""Summary: faults found and missed, other alerts, speed."""

from __future__ import annotations

from dataclasses import dataclass

from stream.cli.demo.scene.labels import LabelComparison, Match
from stream.cli.demo.scene.results import TOLERANCE_MS, DemoOutcome, FaultResult, end_ms, start_ms
from stream.events.episodes import EpisodeEvent


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a run.

    Attributes
    ----------
    n_series, n_own_series, n_points : int
        Series played, how many of them were the user's own, and points of all.
    n_refused : int
        Of these points, how many the worker dead-lettered.
    seconds, pace_s : float
        From the first point sent until the last one was scored, and what was asked for; 0 for as fast as possible.
    comparison : LabelComparison or None
        With the labels of the series, where it has some.
    """

    outcome: DemoOutcome
    n_series: int
    n_own_series: int
    n_points: int
    n_refused: int
    seconds: float
    pace_s: float
    comparison: LabelComparison | None = None

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
