"""Points come out of files as they went in, or a sentence says what is wrong with the file."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from stream.cli import main
from stream.errors import DataError, TrainingError
from stream.formats.csv.columns import CsvFormat
from stream.history.csv_file import CsvFile
from stream.history.parquet_file import ParquetFile
from tests.integration.training.fit.make import gather, read, request, wave, write_csv

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)


def write_parquet(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=2)
    return path


def test_a_csv_file_with_a_column_of_series_gives_each_of_them(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("when,host,load\n1709294400,a,1\n1709294400,b,2\n1709294460,a,3\n")
    csv_format = CsvFormat(timestamp_column="when", series_column="host", value_column="load")
    found = read(CsvFile(path, csv_format), tmp_path)
    assert found == {"a": [(NOON_MS, 1.0), (NOON_MS + 60_000, 3.0)], "b": [(NOON_MS, 2.0)]}


def test_each_feature_of_a_csv_file_is_a_series(tmp_path: Path) -> None:
    path = tmp_path / "host.csv"
    path.write_text("timestamp,cpu,mem\n1709294400,1,2\n")
    found = read(CsvFile(path, CsvFormat(features=("cpu", "mem"))), tmp_path)
    assert found == {"host · cpu": [(NOON_MS, 1.0)], "host · mem": [(NOON_MS, 2.0)]}


def test_a_parquet_file_with_a_column_of_series_gives_each_of_them(tmp_path: Path) -> None:
    columns = {"when": [NOON, NOON, NOON], "host": ["a", "b", "a"], "load": [1, 2, 3]}
    csv_format = CsvFormat(timestamp_column="when", series_column="host", value_column="load")
    found = read(ParquetFile(write_parquet(tmp_path / "many.parquet", **columns), csv_format), tmp_path)
    assert found == {"a": [(NOON_MS, 1.0), (NOON_MS, 3.0)], "b": [(NOON_MS, 2.0)]}


@pytest.mark.parametrize(
    "times",
    [
        pa.array([NOON], pa.timestamp("ns", "Europe/Berlin")),
        pa.array([NOON.replace(tzinfo=None)], pa.timestamp("s")),
        pa.array([NOON_MS // 1000]),
        pa.array([float(NOON_MS)]),
        pa.array(["2024-03-01 12:00:00"]),
    ],
    ids=["timestamp with a zone", "timestamp without", "seconds", "milliseconds", "text"],
)
def test_every_way_to_write_a_time_in_parquet_is_read(tmp_path: Path, times: pa.Array) -> None:
    file = ParquetFile(write_parquet(tmp_path / "one.parquet", timestamp=times, value=[1.5]), CsvFormat())
    assert read(file, tmp_path) == {"one": [(NOON_MS, 1.5)]}


def test_a_parquet_time_without_a_zone_is_in_the_zone_given(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "one.parquet", time=[NOON.replace(tzinfo=None)], value=[1.5])
    found = read(ParquetFile(path, CsvFormat(timezone=ZoneInfo("Asia/Tokyo"))), tmp_path)
    assert found == {"one": [(NOON_MS - 9 * 3_600_000, 1.5)]}


def test_a_parquet_time_that_the_zone_left_out_is_the_last_moment_before_the_hole(tmp_path: Path) -> None:
    skipped = datetime(2024, 3, 31, 2, 30, tzinfo=UTC).replace(tzinfo=None)
    path = write_parquet(tmp_path / "one.parquet", time=[skipped], value=[1.5])
    found = read(ParquetFile(path, CsvFormat(timezone=ZoneInfo("Europe/Berlin"))), tmp_path)
    assert found == {"one": [(int(datetime(2024, 3, 31, 1, tzinfo=UTC).timestamp()) * 1000 - 1, 1.5)]}


def test_a_damaged_page_is_one_sentence(tmp_path: Path) -> None:
    path, (times, values) = tmp_path / "bad.parquet", wave()
    table = pa.table({"timestamp": times, "value": values})
    pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.parquet: expected a whole Parquet file"):
        read(ParquetFile(path, CsvFormat()), tmp_path)


def test_a_column_that_is_there_twice_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "twice.parquet"
    pq.write_table(pa.table([[NOON], [1.0], [2.0]], names=["time", "value", "value"]), path)
    with pytest.raises(DataError, match=r"twice\.parquet"):
        read(ParquetFile(path, CsvFormat()), tmp_path)


def test_rows_without_a_value_are_counted_by_series(tmp_path: Path) -> None:
    columns = {"time": [NOON] * 4, "key": ["a", "b", "b", "a"], "value": [1.0, None, np.nan, 2.0]}
    file = ParquetFile(write_parquet(tmp_path / "gaps.parquet", **columns), CsvFormat())
    assert read(file, tmp_path) == {"a": [(NOON_MS, 1.0), (NOON_MS, 2.0)], "b": []}


def test_csv_and_parquet_of_the_same_points_have_the_same_fingerprint(tmp_path: Path) -> None:
    times, values = wave()
    write_csv(tmp_path / "s.csv", times, values)
    write_parquet(tmp_path / "s.parquet", timestamp=times, value=values)
    prints = {
        gather(request(tmp_path / f"s.{kind}"), tmp_path / kind).series.fingerprint() for kind in ("csv", "parquet")
    }
    assert len(prints) == 1


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"when": [NOON], "value": [1.0]}, "expected columns timestamp and value, found when, value"),
        ({"time": [NOON], "value": ["high"]}, "expected numbers as values, found string"),
        ({"time": [NOON], "value": [1e30]}, "expected a value of at most 1e18 in magnitude, found 1e\\+30"),
        ({"time": ["noon"], "value": [1.0]}, "expected times like 'noon'"),
        ({"time": [5], "value": [1.0]}, "expected a time between the years 1971 and 9999"),
        (
            {"time": pa.array([None], pa.timestamp("s")), "value": [1.0]},
            "expected a time in every row, found 1 without",
        ),
        ({"time": [NOON], "value": [1.0], "series": [None]}, "expected the name of a series in every row"),
    ],
)
def test_a_parquet_file_that_is_not_points_is_one_sentence(
    tmp_path: Path, columns: dict[str, object], found: str
) -> None:
    with pytest.raises(DataError, match=found):
        read(ParquetFile(write_parquet(tmp_path / "bad.parquet", **columns), CsvFormat()), tmp_path)


def test_a_file_that_is_no_parquet_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bad.parquet"
    path.write_text("timestamp,value\n")
    with pytest.raises(DataError, match=r"bad\.parquet: expected a Parquet file"):
        read(ParquetFile(path, CsvFormat()), tmp_path)


def test_a_missing_column_is_exit_code_8_with_the_names_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("when,load\n1709294400,1\n")
    places = ["--out", str(tmp_path / "out"), "--logdir", str(tmp_path / "logs")]
    error = CliRunner().invoke(main, ["train", "fit", str(path), *places]).exception
    assert isinstance(error, DataError)
    assert error.exit_code == 8
    assert "found when, load" in str(error)


def test_a_file_that_cannot_be_read_is_a_wrong_command_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["train", "fit", str(tmp_path / "gone.csv")])
    assert (result.exit_code, "gone.csv' does not exist" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "give files, or --topic, and not both"),
        (["--topic", "metrics", "--from", "30x"], "expected beginning, latest, a span before now such as 90m"),
        (["--topic", "metrics", "--name", "Mine/1"], "expected a-z, 0-9"),
        (["--topic", "metrics", "--version", "1"], "expected three numbers such as 1.0.0"),
    ],
)
def test_a_wrong_option_is_exit_code_2_with_what_was_expected(options: list[str], expected: str) -> None:
    result = CliRunner().invoke(main, ["train", "fit", *options])
    assert result.exit_code == 2
    assert expected in " ".join(result.output.split())


def test_a_missing_extra_is_one_sentence_with_the_command_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    error = CliRunner().invoke(main, ["train", "fit", __file__]).exception
    assert isinstance(error, TrainingError)
    assert "training needs pyarrow" in str(error)
    assert "Install the training extra from a clone of streamgauge's repository: pip install -e" in str(error)
