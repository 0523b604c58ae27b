"""Parquet files as history."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stream.formats.csv_columns import CsvFormat
from stream.history.parquet_blocks import Block, ParquetReader
from stream.history.points import History
from stream.history.source import Report


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A Parquet file; see `stream.history.parquet_blocks.ParquetReader`.

    Parameters
    ----------
    path : Path
    csv_format : CsvFormat
        Names of the columns; the same options as for CSV.
    """

    path: Path
    csv_format: CsvFormat

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    @property
    def size(self) -> int:
        """Rows."""
        return ParquetReader(self.path, self.csv_format).n_rows

    def read(self, history: History, report: Report) -> None:
        """Add every row that has its values."""
        for block in ParquetReader(self.path, self.csv_format).blocks():
            self._add(block, history)
            report(block.n_rows)

    def _add(self, block: Block, history: History) -> None:
        history.n_missing += int(np.count_nonzero(~block.whole))
        series = block.series[block.whole]
        for number, name in enumerate(block.names):
            rows = series == number
            if rows.any():
                times, values = block.timestamps_ms[rows], block.values[rows]
                history.add(name, times.tolist(), values.ravel().tolist(), self.csv_format.features)
