"""Calibration data from a CSV file."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.calibration import read_series
from stream.errors import DataError
from stream.formats.csv.columns import CsvFormat

HOST = "timestamp,cpu,mem\n1700000060,1,10\n1700000120,2,20\n1700000180,,30\n1700000240,4,40\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "host.csv"
    path.write_text(text)
    return path


def test_the_columns_of_the_features_become_rows_in_their_order(tmp_path: Path) -> None:
    data = read_series(written(tmp_path, HOST), CsvFormat(features=("mem", "cpu")))
    assert [values.tolist() for values in data.values] == [[[10, 1], [20, 2], [40, 4]]]


def test_a_row_with_a_value_missing_is_left_out_and_counted(tmp_path: Path) -> None:
    data = read_series(written(tmp_path, HOST), CsvFormat(features=("cpu", "mem")))
    assert (data.file, data.n_points(), data.n_missing) == ("host.csv", 3, 1)


def test_no_window_reaches_from_one_series_into_another(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "series,timestamp,value\na,1700000060,1\nb,1700000060,5\na,1700000120,2\nb,1700000120,6\na,1700000180,3\n",
    )
    data = read_series(path, CsvFormat())
    assert [values.ravel().tolist() for values in data.values] == [[1, 2, 3], [5, 6]]
    windows = [data.window(place, 2).ravel().tolist() for place in range(data.n_windows(2))]
    assert windows == [[1, 2], [2, 3], [5, 6]]


def test_there_is_no_window_after_the_last(tmp_path: Path) -> None:
    data = read_series(written(tmp_path, HOST), CsvFormat(features=("cpu",)))
    with pytest.raises(IndexError, match="no window 2 of 2 points"):
        data.window(2, 2)


@pytest.mark.parametrize("again", ["1700000120,9,9\n", "1700000060,9,9\n"])
def test_a_series_that_goes_back_in_time_is_refused(again: str, tmp_path: Path) -> None:
    path = written(tmp_path, "timestamp,cpu,mem\n1700000060,1,1\n1700000120,2,2\n" + again)
    with pytest.raises(DataError, match="series host goes back in time: sort it"):
        read_series(path, CsvFormat(features=("cpu",)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("timestamp,cpu\n1700000060,1\n", "expected a column mem"),
        ("timestamp,cpu,mem\n", "expected points to calibrate on, found none"),
        ("timestamp,cpu,mem\n1700000060,1,nan\n", "expected points to calibrate on, found none"),
        ("timestamp,cpu,mem\n1700000060,1,high\n", "line 2: expected a number as value, found 'high'"),
        ("", "is empty"),
    ],
)
def test_a_file_without_the_points_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=reason):
        read_series(written(tmp_path, text), CsvFormat(features=("cpu", "mem")))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv: expected a CSV file that can be read"):
        read_series(tmp_path / "none.csv", CsvFormat())
