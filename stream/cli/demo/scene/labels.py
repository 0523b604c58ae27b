"""Labelled windows matched with alerts, and alerts outside."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from stream.cli.demo.scene.results import EpisodePeak, alarms_between, distinct_alarms, peaks_of
from stream.cli.demo.scene.series import DemoSeries
from stream.events.episodes import EpisodeEvent
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.points import CsvReader
from stream.formats.timestamps import from_iso

FOLDER = Path(__file__).resolve().parents[3] / "nab"
SUFFIX = ".csv.gz"
WINDOWS = "combined_windows.json.gz"

NAMES = (
    "ambient_temperature_system_failure",
    "art_daily_jumpsdown",
    "art_daily_no_noise",
    "art_daily_nojump",
    "art_daily_perfect_square_wave",
    "art_load_balancer_spikes",
    "ec2_cpu_utilization_24ae8d",
    "nyc_taxi",
    "rds_cpu_utilization_cc0c53",
)
"""The series in the folder; listed, as the help of a command names them and an import reads no folder."""


class Window(NamedTuple):
    """A labelled window, both ends included; ms since the epoch."""

    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series with its labelled windows, in order of time."""

    series: DemoSeries
    windows: tuple[Window, ...]


def read(name: str) -> Labelled:
    """Read one of them."""
    path = FOLDER / f"{name}{SUFFIX}"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(CsvReader(file, str(path), CsvFormat(series=name)))
    return Labelled(DemoSeries.of_rows(name, rows), _windows(name))


def _windows(name: str) -> tuple[Window, ...]:
    labels: dict[str, list[list[str]]] = json.loads(gzip.decompress((FOLDER / WINDOWS).read_bytes()))
    found = next(windows for file, windows in labels.items() if PurePosixPath(file).stem == name)
    return tuple(sorted(Window(*map(from_iso, window)) for window in found))


class Match(NamedTuple):
    """A labelled window, and the first alarm in it."""

    window: Window
    alarm: EpisodeEvent | None
    """None if there was none."""
    peak: EpisodePeak | None
    """Of its episode."""

    @property
    def delay_ms(self) -> int | None:
        """Delay from window start to alert; None if missed."""
        return None if self.alarm is None else self.alarm.timestamp - self.window.first_ms


@dataclass(frozen=True, slots=True)
class LabelComparison:
    """The episodes of a series beside its labels."""

    series: str
    matches: list[Match]
    """One for each labelled window."""
    outside: list[EpisodeEvent]
    """Opening events of episodes without an alarm in any of them."""

    @property
    def n_found(self) -> int:
        """Count the windows with an alarm."""
        return sum(match.alarm is not None for match in self.matches)


def compare(labelled: Labelled, events: Sequence[EpisodeEvent]) -> LabelComparison:
    """Match the episodes of a series with labelled windows.

    Parameters
    ----------
    events : sequence of EpisodeEvent
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
    return LabelComparison(name, matches, sorted(outside, key=lambda event: event.start))
