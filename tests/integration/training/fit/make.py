"""Small series, files of them, and the options of a fit of seconds."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
from rich.console import Console

from stream.detection.arrays import Float64, Int64
from stream.formats.csv.columns import CsvFormat
from stream.history.points import HistorySource
from stream.settings.settings import Settings
from training.fit.data import data
from training.fit.data.data import Data
from training.fit.data.point_store import PointWriter
from training.fit.gathering import Request
from training.fit.plan import FitPlan
from training.fit.report.screen import Screen

START_MS, INTERVAL_MS = 1_700_000_000_000, 300_000
N_POINTS = 700


def wave(n_points: int = N_POINTS, seed: int = 0) -> tuple[Int64, Float64]:
    """Return times, every five minutes, and values: an hour's wave with noise."""
    t = np.arange(n_points)
    noise = np.random.default_rng(seed).normal(size=n_points)
    return START_MS + INTERVAL_MS * t, 50 + 10 * np.sin(2 * np.pi * t / 12) + noise


def write_csv(path: Path, timestamps_ms: Int64, values: Float64) -> Path:
    """Write a file with a header; NaN becomes an empty cell."""
    cells = ("" if np.isnan(value) else repr(float(value)) for value in values)
    rows = (f"{time},{cell}\n" for time, cell in zip(timestamps_ms, cells, strict=True))
    path.write_text("timestamp,value\n" + "".join(rows))
    return path


def request(*files: Path, csv_format: CsvFormat | None = None) -> Request:
    """Ask for files."""
    ends: tuple[tuple[str, int], tuple[str, int]] = (("0", 0), ("1", 1))
    return Request(files, csv_format or CsvFormat(), None, *ends, Settings())


def gather(asked: Request, folder: Path, plan: FitPlan | None = None) -> Data:
    """Read and audit without a word."""
    folder.mkdir(parents=True, exist_ok=True)
    with asked.open(print) as sources:
        return Data.gather(sources, folder, plan or FitPlan(), {}, lambda source: lambda done, n_points: None)


def read(source: HistorySource, folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return what a source puts onto the spool, by series, in its order."""
    writer = PointWriter(folder)
    data.read(source, writer, lambda done, n_points: None)
    store = writer.finish()
    return {
        store.names[number]: [
            (int(t), float(v)) for times, values in pieces for t, v in zip(times, values, strict=True)
        ]
        for number, pieces in store.chunks()
    }


def quiet() -> Screen:
    """Return a screen that nobody sees."""
    return Screen(Console(file=StringIO()), Console(file=StringIO()))
