"""A folder like NAB's with made series: days of 24 points, noisy, one day without its peak, and rows that repeat."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from training.book.plan import BookPlan

PLAN = BookPlan(time_steps=12, n_epochs=2, n_batch=16, n_units=6)
START = datetime(2014, 7, 1, tzinfo=UTC)
N_POINTS = 720
SILENT_DAY = 25
N_DUPLICATES, N_LATE = 2, 3


def make_benchmark(folder: Path) -> Path:
    """Write nyc_taxi, with a labelled day and rows out of order, and art_daily_nojump, which repeats itself."""
    numbers = np.arange(N_POINTS)
    days = 50.0 - 40.0 * np.cos(2 * np.pi * numbers / 24)
    noisy = days + np.random.default_rng(5).normal(0.0, 2.0, N_POINTS)
    noisy[SILENT_DAY * 24 : (SILENT_DAY + 1) * 24] -= days[:24] - 10.0
    rows = [_row(int(number), noisy[number]) for number in numbers]
    late = [rows[100 + i] for i in range(N_LATE)]
    _write(
        folder / "data" / "made" / "nyc_taxi.csv", [*rows[:200], *late, *rows[200:400], *[rows[399]] * 2, *rows[400:]]
    )
    _write(folder / "data" / "made" / "art_daily_nojump.csv", [_row(int(number), days[number]) for number in numbers])
    label = [str(START.replace(tzinfo=None) + timedelta(days=SILENT_DAY + day)) for day in (0, 1)]
    write_labels(folder, {"made/nyc_taxi.csv": [label], "made/art_daily_nojump.csv": []})
    return folder


def write_series(folder: Path, name: str, values: list[float]) -> None:
    """Write a series into the folder."""
    _write(folder / "data" / "made" / f"{name}.csv", [_row(number, value) for number, value in enumerate(values)])


def write_labels(folder: Path, labels: dict[str, list[list[str]]]) -> None:
    """Write the file of labelled windows."""
    path = folder / "labels" / "combined_windows.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(labels))


def _row(number: int, value: float) -> str:
    return f"{(START + timedelta(hours=number)):%Y-%m-%d %H:%M:%S},{value:.6f}"


def _write(path: Path, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["timestamp,value", *rows]) + "\n")
