"""The outcome: which of the planted faults were found, and which alarms belong to none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import UNSET

from stream.cli.demo.scene.scene import HOUR_MS, START_MS, Fault, Scene
from stream.events.cloud_event import event_id
from stream.events.episodes import SEVERITIES, EpisodeEvent, Severity

TOLERANCE_MS = HOUR_MS
"""An alarm in a fault's time or up to an hour after it belongs to the fault: one that opens an episode, makes an open
one worse, comes again or is another fault."""


class EpisodePeak(NamedTuple):
    """Highest score and severity of an episode."""

    score: float
    severity: Severity


@dataclass(frozen=True, slots=True)
class FaultResult:
    """A planted fault and the first alert for it."""

    fault: Fault
    episode: EpisodeEvent | None
    """The event that told of it; None if the fault was missed."""
    peak: EpisodePeak | None
    """Of its episode."""

    @property
    def delay_ms(self) -> int | None:
        """Delay from the fault's start to the alert; None if missed."""
        return None if self.episode is None else self.episode.timestamp - start_ms(self.fault)


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """What became of a scene."""

    findings: list[FaultResult]
    """One for each planted fault."""
    not_planted: list[EpisodeEvent]
    """Opening events of episodes of the scene's series that belong to no fault."""
    own: list[EpisodeEvent]
    """Opening events of episodes of series that are not the scene's: nothing is known about their faults."""

    @property
    def missed(self) -> list[Fault]:
        """The faults that were not found."""
        return [finding.fault for finding in self.findings if finding.episode is None]


def is_alarm(event: EpisodeEvent) -> bool:
    """Whether an event is an alarm, and not only that one lasts or is over."""
    return event.state == "open" or event.reason in ("worse", "again", "different")


def start_ms(fault: Fault) -> int:
    """Return a fault's start, ms since the epoch."""
    return START_MS + round(fault.start_h * HOUR_MS)


def end_ms(fault: Fault) -> int:
    """Return a fault's end, ms since the epoch."""
    return START_MS + round(fault.end_h * HOUR_MS)


def match_faults(scene: Scene, events: Sequence[EpisodeEvent]) -> DemoOutcome:
    """Match episodes with the faults of the scene.

    Parameters
    ----------
    events : sequence of EpisodeEvent
        All events that were seen, repeats included.
    """
    opened = {event.episode: event for event in events if event.state == "open"}
    alarms = distinct_alarms(events)
    peaks = peaks_of(events)
    belonging = {
        fault: alarms_between(alarms, fault.series, start_ms(fault), end_ms(fault) + TOLERANCE_MS)
        for fault in scene.faults
    }
    findings = [
        FaultResult(fault, found[0], peaks[found[0].episode]) if found else FaultResult(fault, None, None)
        for fault, found in belonging.items()
    ]
    planted = {episode.episode for found in belonging.values() for episode in found}
    others = sorted((event for event in opened.values() if event.episode not in planted), key=lambda event: event.start)
    names = {series.name for series in scene.series}
    not_planted = [event for event in others if event.series in names]
    return DemoOutcome(findings, not_planted, own=[event for event in others if event.series not in names])


def distinct_alarms(events: Iterable[EpisodeEvent]) -> list[EpisodeEvent]:
    """Return the events that are alarms, each once."""
    return list({event_id(event): event for event in events if is_alarm(event)}.values())


def alarms_between(alarms: Iterable[EpisodeEvent], series: str, first_ms: int, end_ms: int) -> list[EpisodeEvent]:
    """Return a series' alerts in a time range, in order."""
    found = [event for event in alarms if event.series == series and first_ms <= event.timestamp < end_ms]
    return sorted(found, key=lambda event: event.timestamp)


def peaks_of(events: Iterable[EpisodeEvent]) -> dict[str, EpisodePeak]:
    """Return the highest score and severity of each episode."""
    peaks: dict[str, EpisodePeak] = {}
    for event in events:
        score, severity = peaks.get(event.episode, EpisodePeak(0.0, SEVERITIES[0]))
        found = event.severity if event.peak_severity is UNSET else event.peak_severity
        peaks[event.episode] = EpisodePeak(max(event.peak_score, score), max(found, severity, key=SEVERITIES.index))
    return peaks
