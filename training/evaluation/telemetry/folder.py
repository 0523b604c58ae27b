"""A folder of labelled telemetry: `series/NAME.csv.gz`, `labels.json` and `split.json`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.detection.backtest import Series
from stream.errors import DataError
from stream.formats.timestamps import from_iso

LAYOUT: Final = (
    "series/NAME.csv.gz (or .csv) with a column timestamp and one or more of values, labels.json with the first and "
    "last row of each incident by name, and split.json with the rows before the part that is scored"
)


@dataclass(frozen=True, slots=True)
class Source:
    """What one name stands for: one metric, or several of one machine."""

    name: str
    timestamps_ms: Int64
    """Shape (rows,)."""
    values: Float64
    """Shape (rows, metrics). NaN where there is none."""
    incidents: Int64
    """Shape (incidents, 2). First and last row."""
    evaluated_from: int
    """First row of the part that is scored."""

    def metrics(self) -> Iterator[tuple[Int64, Series]]:
        """Return each metric as a series of its finite values, with the rows where they stand."""
        for column in self.values.T:
            rows = np.flatnonzero(np.isfinite(column))
            yield rows, Series(self.timestamps_ms[rows], column[rows])


def read_sets(directory: Path) -> dict[str, list[Source]]:
    """Read a set of labelled series, or a folder of several sets, by name.

    Raises
    ------
    DataError
        If there is none, or one cannot be read.
    """
    folders = [path for path in (directory, *sorted(directory.glob("*"))) if (path / "series").is_dir()]
    if not folders:
        raise DataError(f"{directory}: expected {LAYOUT}, or a folder of such folders; found no folder series")
    return {folder.name: _read(folder) for folder in folders}


def _read(folder: Path) -> list[Source]:
    labels, split = (_read_json(folder / name) for name in ("labels.json", "split.json"))
    paths = {path.name.removesuffix(".gz").removesuffix(".csv"): path for path in sorted((folder / "series").iterdir())}
    missing = sorted(set(paths) - set(labels)) + sorted(set(paths) - set(split))
    if missing:
        raise DataError(
            f"{folder}: expected each series in labels.json and split.json, found no entry for {missing[0]}"
        )
    return [_source(name, path, labels[name], split[name]) for name, path in paths.items()]


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected a readable JSON object by name of the series, found: {error}") from error
    return found


def _source(name: str, path: Path, incidents: list[list[int]], evaluated_from: int) -> Source:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as text:
            header, *rows = [line.rstrip("\n").split(",") for line in text]
        timestamps_ms = np.array([from_iso(row[0]) for row in rows], np.int64)
        values = np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows], np.float64)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected CSV with a timestamp and values in each row, found: {error}") from error
    if not rows or len(header) < 2:
        raise DataError(f"{path}: expected a column timestamp and at least one of values, found {', '.join(header)}")
    return Source(name, timestamps_ms, values, np.array(incidents, np.int64).reshape(-1, 2), evaluated_from)
