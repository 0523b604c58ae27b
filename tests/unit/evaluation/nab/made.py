"""Files and folders like NAB's, made for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from stream.detection.arrays import Float64
from training.evaluation.nab.corpus import File

START = datetime(2014, 7, 1, tzinfo=UTC)
STEP_MS = 300_000


def file(n_rows: int = 400, windows: Sequence[tuple[int, int]] = (), n_probation: int | None = None) -> File:
    """Make a file of a wave whose last labelled windows hold values never seen before."""
    values = wave(n_rows)
    for first, last in windows:
        values[first : last + 1] += 500.0
    rows = np.array(windows, np.int64).reshape(-1, 2)
    start_ms = round(START.timestamp() * 1000)
    made = File.of("made/wave.csv", start_ms + STEP_MS * np.arange(n_rows), values, rows)
    if n_probation is None:
        return made
    return File(made.name, made.timestamps_ms, made.values, made.windows, n_probation)


def wave(n_rows: int, seed: int = 3) -> Float64:
    """Make values that repeat themselves, with noise."""
    noise = np.random.default_rng(seed).normal(0.0, 1.0, n_rows)
    values: Float64 = 100.0 + 20.0 * np.sin(np.arange(n_rows) / 8) + noise
    return values


def moment(row: int) -> str:
    """Write the time of a row as NAB does."""
    return f"{START.replace(tzinfo=None) + timedelta(milliseconds=STEP_MS * row)}"


def folder(path: Path, series: Mapping[str, Sequence[float] | Float64], windows: Mapping[str, list[list[int]]]) -> Path:
    """Write a folder like NAB's.

    Parameters
    ----------
    path : Path
    series : mapping of str to numbers
        Values by name, such as made/wave.csv.
    windows : mapping of str to list of [first row, last row]
        Labelled windows; a series that is not named has none.
    """
    for name, values in series.items():
        target = path / "data" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        rows = [f"{moment(row)},{value!r}" for row, value in enumerate(map(float, values))]
        target.write_text("\n".join(["timestamp,value", *rows]) + "\n")
    labels = {name: [[moment(row) for row in window] for window in windows.get(name, [])] for name in series}
    write_labels(path, labels)
    return path


def write_labels(path: Path, labels: object) -> None:
    """Write the file of labels."""
    (path / "labels").mkdir(parents=True, exist_ok=True)
    (path / "labels" / "combined_windows.json").write_text(json.dumps(labels))
