"""Series of the Numenta Anomaly Benchmark (NAB) in the package."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from stream.cli.demo.scene.series import DemoSeries
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.points import CsvReader

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
    return tuple(sorted(Window(*map(_moment_ms, window)) for window in found))


def _moment_ms(text: str) -> int:
    """Parse a label's time, which is UTC as the rows are."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
