"""Parquet files as a source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stream.formats.csv_columns import CsvFormat
from stream.history.parquet_blocks import Block, ParquetReader
from training.fit.data.point_store import Spool
from training.fit.data.sources import Account, Report, feature_series


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

    def read(self, spool: Spool, report: Report) -> Account:
        """Put every row that has its values onto the spool, row group after row group.

        Raises
        ------
        DataError
            If it is damaged, or its columns are not those of points.
        """
        n_rows = n_kept = 0
        for block in ParquetReader(self.path, self.csv_format).blocks():
            self._take(block, spool)
            n_rows, n_kept = block.n_rows, n_kept + len(block.timestamps_ms)
            report(n_rows, n_kept)
        return Account(str(self.path), n_kept * max(1, len(self.csv_format.features)), n_rows - n_kept)

    def _take(self, block: Block, spool: Spool) -> None:
        """Put the rows of a block onto the spool, each feature as a series of its own."""
        for feature, column in zip(self.csv_format.features or ("",), block.values.T, strict=True):
            numbers = [spool.number(feature_series(name, feature)) for name in block.names]
            rows = np.array(numbers, np.int32)[block.series]
            for number, count in zip(*np.unique(rows[~block.whole], return_counts=True), strict=True):
                spool.add_missing(int(number), int(count))
            spool.add_all(rows[block.whole], block.timestamps_ms, column)
