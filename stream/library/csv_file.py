"""Series from a CSV file, as `streamgauge publish csv` reads them."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from datetime import UTC, tzinfo
from os import PathLike
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from stream.detection.record import Float64
from stream.errors import DataError
from stream.formats import CsvFormat, CsvReader

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
) -> dict[str, Pair]:
    r"""Read the series of a CSV file, which may be compressed by gzip.

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
        `s`, `ms` or a strptime format; otherwise the first timestamp tells it.
    timezone : tzinfo
        Of times without an offset.

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
    csv_format = CsvFormat(timestamp, value, series, features, name, timestamp_format, timezone)
    return read_series(Path(path), csv_format)[0]


def read_series(
    path: Path, csv_format: CsvFormat, progress: Callable[[int], None] = lambda n_bytes: None
) -> tuple[dict[str, Pair], int]:
    """Read the series of a CSV file; `progress` is called with the bytes read so far.

    Returns
    -------
    series : dict of str to (timestamps, values)
    n_missing : int
        Rows without a value.
    """
    times: dict[str, list[int]] = {}
    values: dict[str, list[tuple[float, ...]]] = {}
    with path.open("rb") as binary:
        reader = CsvReader(_text(binary, path), str(path), csv_format, default_series=_stem(path))
        try:
            for i, row in enumerate(reader):
                times.setdefault(row.series, []).append(row.timestamp_ms)
                values.setdefault(row.series, []).append(row.values)
                if i % REPORT_EVERY == 0:
                    progress(binary.tell())
        except (EOFError, gzip.BadGzipFile) as error:
            raise DataError(f"{path}: expected a file compressed by gzip, but {error}") from error
        progress(binary.tell())
    return {name: _pair(times[name], values[name]) for name in times}, reader.n_missing


def _text(binary: IO[bytes], path: Path) -> io.TextIOWrapper:
    plain = gzip.GzipFile(fileobj=binary) if path.suffix == ".gz" else binary
    return io.TextIOWrapper(plain, encoding="utf-8", newline="")


def _stem(path: Path) -> str:
    return Path(path.stem).stem if path.suffix == ".gz" else path.stem


def _pair(times_ms: list[int], values: list[tuple[float, ...]]) -> Pair:
    numbers = np.array(values)
    return np.array(times_ms, "datetime64[ms]"), numbers[:, 0] if numbers.shape[1] == 1 else numbers
