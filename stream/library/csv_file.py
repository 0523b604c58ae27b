"""Series from a CSV file, as `publish csv` reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from os import PathLike
from pathlib import Path
from typing import IO, Literal

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Float64
from stream.errors import DataError
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.file import STANDARD_INPUT, read_csv_file

Pair = tuple[NDArray[np.datetime64], Float64]

REPORT_EVERY = 5_000
"""Rows after which progress is reported."""


def read_csv(
    path: str | PathLike[str],
    *,
    timestamp: str | None = None,
    value: str | None = None,
    series: str | None = None,
    features: tuple[str, ...] = (),
    name: str | None = None,
    timestamp_format: str | None = None,
    timezone: tzinfo = UTC,
    decimal: Literal[".", ","] = ".",
) -> dict[str, Pair]:
    r"""Read the series of a CSV file, maybe gzipped.

    One point a line, cells separated by commas, semicolons, tabs or bars, with or without a header line.

    Parameters
    ----------
    path : path
    timestamp, value, series : str, optional
        Names in the header line, or numbers from 1, of columns that are not called so.
    features : tuple of str
        Columns that together are a point's value, in place of `value`.
    name : str, optional
        Series of all rows; without it a column of series, or else the file's name.
    timestamp_format : str, optional
        `s`, `ms` or a strptime format; otherwise detected from the first timestamp.
    timezone : tzinfo
        Of times without an offset.
    decimal : "." or ","
        Decimal separator of the values.

    Returns
    -------
    dict of str to (timestamps, values)
        datetime64[ms] in UTC, and float64 of shape (points,) or (points, features). Rows without a value are left out.

    Raises
    ------
    DataError
        If a row is no point; the text names file, line, what was expected and what was found.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from stream import read_csv
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "load.csv")
    ...     _ = path.write_text("time,load\n2026-01-01 00:00,1.5\n2026-01-01 00:01,1.7\n")
    ...     timestamps, values = read_csv(path, value="load")["load"]
    >>> values.tolist()
    [1.5, 1.7]
    """
    csv_format = CsvFormat(timestamp, value, series, features, name, timestamp_format, timezone, decimal)
    with Path(path).open("rb") as binary:
        return read_series(binary, Path(path), csv_format).series


@dataclass(frozen=True, slots=True)
class CsvSeries:
    """The series of a file.

    Attributes
    ----------
    series : dict of str to (timestamps, values)
    n_missing : int
        Rows without a value.
    n_bad : int
        Rows that are no points and were left out, because the format asks for it.
    first_bad : str
        What was wrong with the first of them.
    """

    series: dict[str, Pair]
    n_missing: int
    n_bad: int
    first_bad: str


def read_series(
    binary: IO[bytes], path: Path | None, csv_format: CsvFormat, progress: Callable[[int], None] = lambda n_points: None
) -> CsvSeries:
    """Read the series of an open CSV file.

    Parameters
    ----------
    binary : IO of bytes
    path : Path or None
        Of the file; None is standard input. One that ends with .gz is decompressed.
    csv_format : CsvFormat
    progress : callable
        Called now and then with the number of points read so far.

    Raises
    ------
    DataError
        If it cannot be read, or holds no point.
    """
    times: dict[str, list[int]] = {}
    values: dict[str, list[tuple[float, ...]]] = {}
    reader = read_csv_file(binary, path, csv_format)
    for i, row in enumerate(reader):
        times.setdefault(row.series, []).append(row.timestamp_ms)
        values.setdefault(row.series, []).append(row.values)
        if i % REPORT_EVERY == 0:
            progress(i)
    if not times:
        name, found = path or STANDARD_INPUT, f": {reader.first_bad}" if reader.n_bad else ""
        raise DataError(f"{name}: expected points, found none{found}")
    series = {each: _pair(times[each], values[each]) for each in times}
    return CsvSeries(series, reader.n_missing, reader.n_bad, reader.first_bad)


def _pair(times_ms: list[int], values: list[tuple[float, ...]]) -> Pair:
    numbers = np.array(values)
    return np.array(times_ms, "datetime64[ms]"), numbers[:, 0] if numbers.shape[1] == 1 else numbers
