"""The corpus: the files of NAB with their labelled windows, whole, and perturbed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.errors import DataError
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.points import CsvReader
from stream.formats.timestamps import from_iso
from training.evaluation.nab.protocol import probation

LABELS = "labels/combined_windows.json"

FURTHEST = 113
"""Rows that the last run drops; a prime, so that no day or hour of a file's interval is a multiple of the drops."""


@dataclass(frozen=True, slots=True)
class File:
    """One series of the corpus."""

    name: str
    """Family and file, such as `realKnownCause/nyc_taxi.csv`."""
    timestamps_ms: Int64
    """Shape (rows,). In the order of the file: some repeat, and some step back."""
    values: Float64
    """Shape (rows,)."""
    windows: Int64
    """Shape (windows, 2). First and last row of each labelled window, in the order of time."""
    n_probation: int
    """Rows at the start in which nothing counts."""

    @classmethod
    def of(cls, name: str, timestamps_ms: Int64, values: Float64, windows: Int64) -> File:
        """Take a whole file, with the probation of one."""
        return cls(name, timestamps_ms, values, windows, probation(len(values)))

    @property
    def family(self) -> str:
        """Name the folder that the file is in."""
        return self.name.partition("/")[0]

    @property
    def n_rows(self) -> int:
        """Count the rows."""
        return len(self.values)

    def without_first(self, n_dropped: int) -> File:
        """Leave out the first rows; the rows that count stay the same, since the probation gets shorter by them.

        A window that goes with them is left out too, one that is cut begins at the cut.

        Raises
        ------
        DataError
            If no row would be left.
        """
        if n_dropped >= self.n_rows:
            raise DataError(f"{self.name}: expected more than {n_dropped:,} rows to drop, found {self.n_rows:,}")
        windows = self.windows - n_dropped
        windows = np.maximum(windows[windows[:, 1] >= 0], 0)
        n_probation = max(self.n_probation - n_dropped, 0)
        return File(self.name, self.timestamps_ms[n_dropped:], self.values[n_dropped:], windows, n_probation)


def read_corpus(directory: Path) -> list[File]:
    """Read NAB's folder, which holds data/ and labels/.

    Returns
    -------
    list of File
        In the order of their names.

    Raises
    ------
    DataError
        If there is no series, a label is missing or fits no row, or a file is not what it should be.
    """
    paths = sorted((directory / "data").glob("*/*.csv"))
    expected = f"expected NAB's folder, with data/<family>/<series>.csv and {LABELS}"
    if not paths:
        raise DataError(f"{directory}: {expected}, found no series; get it from github.com/numenta/NAB")
    try:
        labels: dict[str, list[tuple[str, str]]] = json.loads((directory / LABELS).read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"{directory}: {expected}, found no readable {LABELS}: {error}") from error
    return [_read(path, path.relative_to(directory / "data").as_posix(), labels) for path in paths]


def _read(path: Path, name: str, labels: dict[str, list[tuple[str, str]]]) -> File:
    if name not in labels:
        raise DataError(f"{LABELS}: expected the windows of {name}, an empty list where it has none, found no entry")
    timestamps_ms, values = read_points(path)
    return File.of(name, timestamps_ms, values, _rows_of(labels[name], timestamps_ms, name))


def read_points(path: Path) -> tuple[Int64, Float64]:
    """Read one of NAB's CSV files, every row of it.

    Returns
    -------
    timestamps_ms : int64, shape (rows,)
    values : float64, shape (rows,)

    Raises
    ------
    DataError
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(CsvReader(file, str(path), CsvFormat(series=path.stem)))
    except OSError as error:
        raise DataError(f"{path}: expected a readable CSV file, found: {error.strerror}") from error
    return np.array([row.timestamp_ms for row in rows], np.int64), np.array([row.value for row in rows], np.float64)


def _rows_of(windows: list[tuple[str, str]], timestamps_ms: Int64, name: str) -> Int64:
    """Find the rows of windows; of rows with the same timestamp NAB takes the first."""
    rows = []
    for window in windows:
        ends = [np.flatnonzero(timestamps_ms == from_iso(text)) for text in window]
        if not all(map(len, ends)):
            raise DataError(f"{LABELS}: expected the ends of each window among the rows of {name}, found {window}")
        rows.append([int(end[0]) for end in ends])
    return np.array(sorted(rows), np.int64).reshape(-1, 2)


class Perturbation(NamedTuple):
    """What one run does to every file before the detector sees it."""

    n_dropped: int
    """Rows left out at the start."""
    factor: float = 1.0
    """Of all values, 1 to 2."""
    offset: float = 0.0
    """Added to all values, in standard deviations of the file."""

    def apply(self, file: File) -> File:
        """Change a file."""
        kept = file.without_first(self.n_dropped)
        values = kept.values * self.factor + self.offset * self.factor * float(np.std(kept.values))
        return replace(kept, values=values)


def perturbations(n_runs: int, n_dropped: int = 0) -> list[Perturbation]:
    """Make the runs: the first with whole files as they are, the others further and further in, in units of their own.

    Parameters
    ----------
    n_dropped : int
        Rows that every run drops.
    """
    drops = np.rint(np.linspace(0, FURTHEST, n_runs)).astype(int).tolist()
    random = np.random.default_rng(FURTHEST)
    others = [Perturbation(n_dropped + drop, *random.uniform((1, -1), (2, 1)).tolist()) for drop in drops[1:]]
    return [Perturbation(n_dropped), *others]
