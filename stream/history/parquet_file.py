"""Parquet files as a source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stream.formats.csv_columns import CsvFormat
from stream.history.parquet_blocks import Block, ParquetReader
from stream.history.source import Report, Sink


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

    def read(self, sink: Sink, report: Report) -> None:
        """Give every row that has its values, row group after row group."""
        for block in ParquetReader(self.path, self.csv_format).blocks():
            self._give(block, sink)
            report(block.n_rows)

    def _give(self, block: Block, sink: Sink) -> None:
        features, whole = self.csv_format.features, block.series[block.whole]
        for number, name in enumerate(block.names):
            if n_missing := int(np.count_nonzero(block.series[~block.whole] == number)):
                sink.add_missing(name, n_missing, features)
            rows = np.flatnonzero(whole == number)
            if len(rows):
                sink.add(name, block.timestamps_ms[rows].tolist(), block.values[rows].ravel().tolist(), features)
