"""Calibration points, read from a CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stream.detection.arrays import Float64
from stream.errors import DataError
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.points import CsvReader


@dataclass(frozen=True, slots=True)
class CalibrationSeries:
    """Series for calibration; windows do not cross series."""

    file: str
    """Where they are from, for messages and for the bundle."""
    values: tuple[Float64, ...]
    """Shape (length, features). One array a series, in the metric's unit, finite, in the order of time."""
    n_missing: int = 0
    """Rows that were left out because a value is missing."""

    def n_points(self) -> int:
        """Count the points of all series."""
        return sum(map(len, self.values))

    def n_windows(self, window: int) -> int:
        """Count the windows of consecutive points."""
        return sum(max(0, len(values) - window + 1) for values in self.values)

    def together(self) -> Float64:
        """Return the points of all series, shape (points, features)."""
        return np.concatenate(self.values)

    def window(self, place: int, window: int) -> Float64:
        """Return one window, counted over all series; shape (window, features).

        Raises
        ------
        IndexError
            If there are not so many.
        """
        left = place
        for values in self.values:
            n_here = max(0, len(values) - window + 1)
            if left < n_here:
                return values[left : left + window]
            left -= n_here
        raise IndexError(f"no window {place} of {window} points in {self.file}")


def read_series(path: Path, csv_format: CsvFormat) -> CalibrationSeries:
    """Read a CSV file, without rows that lack a value.

    It is read as `publish csv` reads it; rows left out are counted.

    Parameters
    ----------
    csv_format : CsvFormat
        Without a column of series all rows are one series.

    Raises
    ------
    DataError
        If the file cannot be read, holds no point, or a series goes back in time.
    """
    rows: dict[str, list[tuple[float, ...]]] = {}
    latest: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = CsvReader(file, str(path), csv_format, path.stem)
            for row in reader:
                if row.timestamp_ms <= latest.get(row.series, -1):
                    raise DataError(f"{path}: series {row.series} goes back in time: sort it, and drop repeated points")
                latest[row.series] = row.timestamp_ms
                rows.setdefault(row.series, []).append((row.value, *row.others))
    except OSError as error:
        raise DataError(f"{path}: expected a CSV file that can be read: {error.strerror}") from error
    if not rows:
        raise DataError(f"{path}: expected points to calibrate on, found none")
    return CalibrationSeries(path.name, tuple(np.array(points) for points in rows.values()), reader.n_missing)
