from __future__ import annotations

import io

import pytest

from stream.errors import DataError
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.points import CsvReader, Row

NOON = "2014-07-01 12:00:00"
NOON_MS = 1_404_216_000_000
CPU_AND_MEM = CsvFormat(features=("cpu", "mem"))


def read(text: str, csv_format: CsvFormat = CPU_AND_MEM) -> list[Row]:
    """Read a text as the file host.csv."""
    return list(CsvReader(io.StringIO(text, newline=""), "host.csv", csv_format, default_series="host"))


def test_the_columns_of_features_are_read_in_the_order_they_were_asked_for() -> None:
    [row] = read(f"mem,disk,timestamp,cpu\n2,9,{NOON},1\n")
    assert row == Row("host", NOON_MS, 1.0, (2.0,))
    assert row.values == (1.0, 2.0)


def test_a_column_called_value_is_passed_over_when_features_are_asked_for() -> None:
    assert read(f"timestamp,value,cpu,mem\n{NOON},9,1,2\n")[0].values == (1.0, 2.0)


def test_features_are_read_beside_a_column_of_series() -> None:
    named = CsvFormat(features=("cpu", "mem"), timestamp_column="when", series_column="host")
    assert read(f"host,when,cpu,mem\na,{NOON},1,2\nb,{NOON},3,4\n", named) == [
        Row("a", NOON_MS, 1.0, (2.0,)),
        Row("b", NOON_MS, 3.0, (4.0,)),
    ]


def test_features_of_a_file_without_a_header_are_found_by_their_numbers() -> None:
    numbered = CsvFormat(features=("3", "2"), timestamp_column="1")
    assert read(f"{NOON},1,2\n", numbered)[0].values == (2.0, 1.0)


def test_one_feature_is_a_row_of_one_value() -> None:
    assert read(f"timestamp,cpu\n{NOON},1\n", CsvFormat(features=("cpu",))) == [Row("host", NOON_MS, 1.0)]


@pytest.mark.parametrize("cells", ["1,", ",2", ",", "NaN,2", "1,null"])
def test_a_row_without_one_of_the_features_is_counted_and_left_out(cells: str) -> None:
    file = io.StringIO(f"timestamp,cpu,mem\n{NOON},{cells}\n{NOON},3,4\n")
    reader = CsvReader(file, "host.csv", CPU_AND_MEM, "host")
    assert [row.values for row in reader] == [(3.0, 4.0)]
    assert reader.n_missing == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"timestamp,cpu\n{NOON},1\n",
            "host.csv: expected a column mem for the feature, found columns timestamp, cpu$",
        ),
        (f"{NOON},1,2\n", "expected a column cpu for the feature, found 3 columns without a header line"),
        (f"when,cpu,mem\n{NOON},1,2\n", "host.csv: expected columns timestamp and value, found when, cpu, mem; name"),
        (f"timestamp,cpu,mem\n{NOON},1,2\n{NOON},1\n", "host.csv, line 3: expected 3 columns, found 2"),
        (f"timestamp,cpu,mem\n{NOON},1,high\n", "host.csv, line 2: expected a number as value, found 'high'"),
        (f"timestamp,cpu,mem\n{NOON},1,1e19\n", "line 2: expected a value of at most 1e18 in magnitude, found '1e19'"),
    ],
)
def test_an_error_names_the_feature_s_column_or_what_was_found_in_it(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(text)
