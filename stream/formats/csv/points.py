"""Points of a CSV file, one row at a time."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple, Protocol, TextIO

from stream.errors import DataError
from stream.formats.csv.columns import Columns, CsvFormat, FirstRow
from stream.formats.limits import LATEST_MS, refused_timestamp, refused_value
from stream.formats.rejections import excerpt
from stream.formats.timestamps import TimestampReader, timestamp_reader
from stream.formats.tolerant.numbers import MISSING

BYTE_ORDER_MARK = "\ufeff"
DELIMITERS = ",;\t|"
MAX_LINE_LENGTH = 1_000_000
"""Characters of a line; a file without line ends would otherwise be read into memory whole."""

COMMA_TO_POINT = str.maketrans({",": ".", ".": ","})
"""Turns a number with a decimal comma into one that Python reads, and one with a point into none."""


class CellReader(Protocol):
    """What `csv.reader` makes, whose own type has no name."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]:
        """Return the reader itself."""

    def __next__(self) -> list[str]:
        """Return the cells of the next line."""


class Row(NamedTuple):
    """One point of a file."""

    series: str
    timestamp_ms: int
    """Milliseconds since the epoch."""
    value: float
    """Where the file has features, that of the first."""
    others: tuple[float, ...] = ()
    """Values of the other features."""

    @property
    def values(self) -> tuple[float, ...]:
        """Return the values of all features, in order."""
        return self.value, *self.others


class CsvReader:
    """Reads a CSV file as points, once.

    Parameters
    ----------
    file : TextIO
        Open for reading, with `newline=""`.
    name : str
        Of the file, for messages.
    default_series : str or None
        Series of all rows when the format names none and there is no column of series.

    Attributes
    ----------
    missing : Counter of str
        By series, rows read so far that have no value, or not one for every feature; "" where the cell is empty.
    n_missing : int
        All of them.
    n_bad : int
        Lines read so far that are no points, and were left out because the format allows it.
    first_bad : str
        The error of the first of them.

    Raises
    ------
    DataError
        While iterating, for anything that is no point; it names file, line, what was expected and what was found.
        Where the format leaves bad rows out, only for a file in which nothing can be read.
    """

    def __init__(self, file: TextIO, name: str, csv_format: CsvFormat, default_series: str | None = None) -> None:
        self._file = file
        self._name = name
        self._format = csv_format
        self._default_series = default_series
        self._line = 0
        self._read_timestamp: TimestampReader | None = None
        self.missing: Counter[str] = Counter()
        self.n_bad = 0
        self.first_bad = ""

    @property
    def n_missing(self) -> int:
        """Count the rows without a value, whatever their series."""
        return self.missing.total()

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows in file order."""
        rows = self._rows()
        first = next(rows, None)
        if first is None:
            raise DataError(f"{self._name} is empty: expected lines of timestamp and value")
        has_header = not any(self._is_number(cell.strip()) for cell in first)
        cells = [cell.strip() for cell in first]
        columns = FirstRow(cells, has_header, self._name).columns(self._format, self._default_series)
        for row in rows if has_header else chain([first], rows):
            try:
                point = self._point(row, columns, len(first))
            except DataError as error:
                self._leave_out(error, 1)
                continue
            if point is not None:
                yield point

    def _point(self, row: list[str], columns: Columns, n_columns: int) -> Row | None:
        """Read one row; None if it has no value."""
        if len(row) <= columns.last():
            raise self._wrong(f"{n_columns} columns", f"{len(row)}")
        if self._format.skip_bad and any("\N{REPLACEMENT CHARACTER}" in cell for cell in row):
            raise self._wrong("UTF-8", "other bytes")  # The file was opened so that they do not end the reading.
        values = self._values(row, columns)
        if not values:
            self.missing[self._named(row, columns)] += 1
            return None
        timestamp = row[columns.timestamp].strip()
        read_timestamp = self._read_timestamp or self._timestamp_reader(timestamp)
        timestamp_ms = self._timestamp_ms(timestamp, read_timestamp)
        self._read_timestamp = read_timestamp  # Of the first valid one; a line that is left out does not count.
        return Row(self._series(row, columns), timestamp_ms, values[0], values[1:])

    def _leave_out(self, error: DataError, n_lines: int) -> None:
        """Count invalid lines, or raise their error."""
        if not self._format.skip_bad:
            raise error
        self.n_bad += n_lines
        self.first_bad = self.first_bad or str(error)

    def _rows(self) -> Iterator[list[str]]:
        """Yield the cells of lines that are not blank."""
        try:
            lines = iter(self._read_line, "")
            first = next(lines, "").removeprefix(BYTE_ORDER_MARK)
            reader = csv.reader(chain([first], lines), delimiter=self._delimiter(first), strict=True)
            while (row := self._next_row(reader)) is not None:
                if row:
                    yield row
        except UnicodeDecodeError as error:
            raise DataError(f"{self._name}, after line {self._line}: expected UTF-8, found {error.reason}") from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"{self._name}: expected a file compressed by gzip, but {error}") from error

    def _next_row(self, reader: CellReader) -> list[str] | None:
        """Return the next line's cells; None at the end.

        A blank or bad line has no cells.
        """
        before = self._line
        try:
            return next(reader, None)
        except csv.Error as error:
            wrong = DataError(f"{self._name}, after line {before}: expected CSV, but {error}")
            self._leave_out(wrong, reader.line_num - before)
            return []
        finally:
            self._line = reader.line_num

    def _delimiter(self, line: str) -> str:
        """Choose the delimiter that occurs most in a line.

        A decimal comma is none unless nothing else is.
        """
        likely = DELIMITERS if self._format.decimal == "." else DELIMITERS.replace(",", "")
        delimiter = max(likely, key=line.count)
        return delimiter if delimiter in line else ","

    def _read_line(self) -> str:
        line = self._file.readline(MAX_LINE_LENGTH)
        if len(line) == MAX_LINE_LENGTH:
            raise DataError(f"{self._name}, after line {self._line}: no line end in {MAX_LINE_LENGTH} characters")
        return line

    def _series(self, row: list[str], columns: Columns) -> str:
        series = self._named(row, columns)
        if not series:
            raise self._wrong("the name of a series", "an empty cell")
        return series

    def _named(self, row: list[str], columns: Columns) -> str:
        return columns.series if isinstance(columns.series, str) else row[columns.series].strip()

    def _values(self, row: list[str], columns: Columns) -> tuple[float, ...]:
        """Return one number per feature, or none if any is missing."""
        cells = [row[column].strip() for column in columns.values]
        if any(cell.lower() in MISSING for cell in cells):
            return ()
        return tuple(map(self._value, cells))

    def _value(self, cell: str) -> float:
        plain = _plain(cell, self._format.decimal)
        if plain is None:
            other = "," if self._format.decimal == "." else "."
            hint = f"; --decimal {other} reads it" if _plain(cell, other) is not None else ""
            raise self._wrong("a number as value", f"'{excerpt(cell, 60)}'{hint}")
        value = float(plain)
        if refused_value(value) is not None:
            raise self._wrong("a value of at most 1e18 in magnitude", f"'{excerpt(cell, 60)}'")
        return value

    def _is_number(self, cell: str) -> bool:
        return _plain(cell, self._format.decimal) is not None

    def _timestamp_reader(self, cell: str) -> TimestampReader:
        """Detect the timestamp format from the first one."""
        return timestamp_reader(self._format.timestamp_format, self._format.timezone, cell)

    def _timestamp_ms(self, cell: str, read_timestamp: TimestampReader) -> int:
        try:
            timestamp_ms = read_timestamp(cell)
        except (ValueError, OverflowError) as error:
            form = self._format.timestamp_format or "of the first row (or else ISO 8601)"
            raise self._wrong(
                f"a timestamp of the form {form}", f"'{excerpt(cell, 60)}'; --timestamp-format tells how to read it"
            ) from error
        if refused_timestamp(timestamp_ms, LATEST_MS) is not None:
            raise self._wrong(
                "a timestamp between the years 1971 and 9999",
                f"'{excerpt(cell, 60)}', read as {timestamp_ms} ms since 1970; --timestamp-format tells how to read it",
            )
        return timestamp_ms

    def _wrong(self, expected: str, found: str) -> DataError:
        return DataError(f"{self._name}, line {self._line}: expected {expected}, found {found}")


def _plain(cell: str, decimal: str) -> str | None:
    """Write a number with a decimal point; None if invalid.

    Python's own reading also takes the underscores of its source code.
    """
    plain = cell if decimal == "." else cell.translate(COMMA_TO_POINT)
    try:
        float(plain)
    except ValueError:
        return None
    return None if "_" in cell else plain
