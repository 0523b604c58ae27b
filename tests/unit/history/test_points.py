"""History is put in order, whatever the order in which it was read."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.errors import DataError
from stream.formats.csv.columns import CsvFormat
from stream.history.csv_file import CsvFile
from stream.history.parquet_file import ParquetFile
from stream.history.points import History, HistorySource

NOON_MS = 1_709_294_400_000


def read(source: HistorySource) -> tuple[dict[str, list[tuple[int, list[float]]]], History]:
    """Return what a source holds, by series in the order of time."""
    history, reports = History(), [0]
    source.read(history, reports.append)
    assert reports[-1] == source.size
    ordered = {series.series: series.ordered() for series in history}
    return {
        name: list(zip(times.tolist(), values.tolist(), strict=True)) for name, (times, values) in ordered.items()
    }, history


def test_points_come_in_the_order_of_time_and_of_one_time_the_first_is_kept() -> None:
    history = History()
    history.add("cpu", [3, 1], [30.0, 10.0])
    history.add("cpu", [2, 1], [20.0, 11.0])
    (series,) = history
    times, values = series.ordered()
    assert (times.tolist(), values.ravel().tolist()) == ([1, 2, 3], [10.0, 20.0, 30.0])
    assert len(history) == 4


def test_a_csv_file_with_features_keeps_them_together(tmp_path: Path) -> None:
    path = tmp_path / "host.csv"
    path.write_text("timestamp,cpu,mem\n1709294460,3,4\n1709294400,1,2\n1709294520,,6\n")
    found, history = read(CsvFile(path, CsvFormat(features=("cpu", "mem"))))
    assert found == {"host": [(NOON_MS, [1.0, 2.0]), (NOON_MS + 60_000, [3.0, 4.0])]}
    assert history.n_missing == 1


def test_a_parquet_file_has_its_series_and_leaves_out_rows_without_a_value(tmp_path: Path) -> None:
    path = tmp_path / "many.parquet"
    columns = {"timestamp": [NOON_MS + 1000, NOON_MS, NOON_MS], "series": ["a", "b", "a"], "value": [1.0, None, 3.0]}
    pq.write_table(pa.table(columns), path, row_group_size=2)
    found, history = read(ParquetFile(path, CsvFormat()))
    assert found == {"a": [(NOON_MS, [3.0]), (NOON_MS + 1000, [1.0])]}
    assert history.n_missing == 1


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.parquet"
    path.write_text("timestamp,value\n")
    with pytest.raises(DataError, match="expected a Parquet file"):
        ParquetFile(path, CsvFormat()).read(History(), lambda _done: None)
