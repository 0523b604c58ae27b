"""Parquet files as a source: columns by name, one batch of rows in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stream.errors import DataError
from stream.formats.csv.columns import Columns, CsvFormat, FirstRow
from stream.formats.limits import LATEST_MS, MAX_VALUE, OLDEST_MS
from stream.formats.rejections import excerpt
from stream.formats.timestamps import timestamp_reader
from stream.history.points import Float64, Int64, Report, Sink

Bool = npt.NDArray[np.bool_]
Int32 = npt.NDArray[np.int32]

BLOCK_ROWS: Final = 65_536


class Block(NamedTuple):
    """Rows of a file, in their order."""

    n_rows: int
    """Of the file up to the end of this block."""
    names: list[str]
    """The series of the block."""
    series: Int32
    """Shape (rows,). Which of them each row is of."""
    whole: Bool
    """Shape (rows,). Which rows have all of their values."""
    timestamps_ms: Int64
    """Shape (whole rows,)."""
    values: Float64
    """Shape (whole rows, features)."""


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A Parquet file with columns of times and values.

    Times may be timestamps, text as in CSV files, or numbers of seconds or milliseconds. A time without a zone is in
    the format's zone.
    """

    path: Path
    csv_format: CsvFormat
    """Names of the columns; the same options as for CSV."""

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    @property
    def size(self) -> int:
        """Rows."""
        with self._open() as file:
            return int(file.metadata.num_rows)

    def read(self, sink: Sink, report: Report) -> None:
        """Return every row that has its values, row group after row group.

        Raises
        ------
        DataError
            If it is damaged, or its columns are not those of points.
        """
        for block in self._blocks():
            self._give(block, sink)
            report(block.n_rows)

    def _give(self, block: Block, sink: Sink) -> None:
        features, n_series = self.csv_format.features, len(block.names)
        n_missing = np.bincount(block.series[~block.whole], minlength=n_series).tolist()
        series = block.series[block.whole]
        order = np.argsort(series, kind="stable")
        ends = np.searchsorted(series[order], np.arange(n_series), side="right")
        for name, n, rows in zip(block.names, n_missing, np.split(order, ends[:-1]), strict=True):
            if n:
                sink.add_missing(name, n, features)
            if len(rows):
                sink.add(name, block.timestamps_ms[rows].tolist(), block.values[rows].ravel().tolist(), features)

    def _blocks(self) -> Iterator[Block]:
        try:
            with self._open() as file:
                yield from self._read_blocks(file)
        except (pa.ArrowException, OSError, KeyError) as error:
            raise DataError(
                f"{self.path}: expected a whole Parquet file, each column once: {excerpt(str(error), 120)}"
            ) from error

    def _read_blocks(self, file: pq.ParquetFile) -> Iterator[Block]:
        n_rows = 0
        names = file.schema_arrow.names
        columns = FirstRow(names, True, str(self.path)).columns(self.csv_format, self.path.stem)
        places = [place for place in (columns.timestamp, *columns.values, columns.series) if isinstance(place, int)]
        for batch in file.iter_batches(BLOCK_ROWS, columns=[names[place] for place in places]):
            yield self._block({place: batch.column(names[place]) for place in places}, columns, n_rows)
            n_rows += len(batch)

    def _open(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path, page_checksum_verification=True)
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{self.path}: expected a Parquet file: {excerpt(str(error), 120)}") from error

    def _block(self, cells: dict[int, pa.Array], columns: Columns, n_before: int) -> Block:
        values = [self._values(cells[place], n_before) for place in columns.values]
        whole: Bool = np.logical_and.reduce([np.isfinite(column) for column in values])
        timestamps_ms = self._timestamps_ms(cells[columns.timestamp], whole, n_before)
        names, series = self._series(columns.series, cells, len(whole))
        return Block(n_before + len(whole), names, series, whole, timestamps_ms, np.stack(values, axis=1)[whole])

    def _series(self, series: int | str, cells: dict[int, pa.Array], n_rows: int) -> tuple[list[str], Int32]:
        """Return a batch's series, and the series of each row."""
        if isinstance(series, str):
            return [series], np.zeros(n_rows, np.int32)
        encoded = pc.cast(cells[series], pa.string()).fill_null("").dictionary_encode()
        names = encoded.dictionary.to_pylist()
        if "" in names:
            raise DataError(f"{self.path}: expected the name of a series in every row, found an empty one")
        return names, encoded.indices.to_numpy()

    def _values(self, column: pa.Array, n_before: int) -> Float64:
        try:
            values: Float64 = pc.cast(column, pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            found = f"{column.type}: {excerpt(str(error), 120)}"
            raise DataError(f"{self.path}: expected numbers as values, found {found}") from error
        self._require(~(np.abs(values) > MAX_VALUE), values, n_before, "a value of at most 1e18 in magnitude")
        return values

    def _timestamps_ms(self, column: pa.Array, whole: Bool, n_before: int) -> Int64:
        """Return the times of rows that have values."""
        chosen = column.filter(pa.array(whole))
        if chosen.null_count:
            raise DataError(f"{self.path}: expected a time in every row, found {chosen.null_count:,} without")
        timestamps_ms = self._as_milliseconds(chosen)
        fits = (timestamps_ms >= OLDEST_MS) & (timestamps_ms <= LATEST_MS)
        self._require(fits, timestamps_ms, n_before, "a time between the years 1971 and 9999, in ms since 1970")
        return timestamps_ms

    def _as_milliseconds(self, column: pa.Array) -> Int64:
        if len(column) == 0:
            return np.zeros(0, np.int64)
        if pa.types.is_timestamp(column.type):
            if column.type.tz is None:
                zone = str(self.csv_format.timezone)
                column = pc.assume_timezone(column, zone, ambiguous="earliest", nonexistent="earliest")
            utc = pc.cast(column, pa.timestamp("ms", "UTC"), safe=False)
            return np.asarray(pc.cast(utc, pa.int64()).to_numpy(), np.int64)
        texts = [str(moment) for moment in column.to_pylist()]
        read = timestamp_reader(self.csv_format.timestamp_format, self.csv_format.timezone, texts[0])
        try:
            return np.array([read(text) for text in texts], np.int64)
        except (ValueError, OverflowError) as error:
            raise DataError(f"{self.path}: expected times like '{excerpt(texts[0], 60)}': {error}") from error

    def _require(self, fits: Bool, found: Float64 | Int64, n_before: int, expected: str) -> None:
        if not fits.all():
            row = int(np.argmin(fits))
            raise DataError(f"{self.path}, after row {n_before:,}: expected {expected}, found {found[row]}")
