from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import DataError
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.points import MAX_LINE_LENGTH, CsvReader, Row
from stream.formats.limits import MAX_VALUE, OLDEST_MS

NOON = "2014-07-01 12:00:00"
NOON_MS = 1_404_216_000_000
NO_FORMAT = CsvFormat()


def read(text: str, csv_format: CsvFormat = NO_FORMAT, default_series: str | None = "taxi") -> list[Row]:
    """Read a text as the file taxi.csv."""
    return list(CsvReader(io.StringIO(text, newline=""), "taxi.csv", csv_format, default_series))


@pytest.mark.parametrize(
    "written",
    [
        "2014-07-01 12:00:00",
        "2014-07-01T12:00:00Z",
        "2014-07-01T14:00:00.000+02:00",
        "2014-07-01 12:00",
        "1404216000",
        "1404216000.0",
        "1404216000000",
        " 1404216000000 ",
    ],
)
def test_the_form_of_timestamps_is_told_by_the_first(written: str) -> None:
    assert read(f"timestamp,value\n{written},3.5\n") == [Row("taxi", NOON_MS, 3.5)]


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("s", "1404216000"),
        ("ms", "1404216000000"),
        ("%d.%m.%Y %H:%M", "01.07.2014 12:00"),
        ("%Y-%m-%d %H:%M:%S %z", "2014-07-01 05:00:00 -0700"),
    ],
)
def test_a_format_that_is_given_is_used(form: str, written: str) -> None:
    assert read(f"timestamp,value\n{written},1\n", CsvFormat(timestamp_format=form)) == [Row("taxi", NOON_MS, 1.0)]


@pytest.mark.parametrize("form", [None, "%Y-%m-%d %H:%M:%S"])
def test_a_time_without_offset_is_of_the_zone_that_is_given(form: str | None) -> None:
    new_york = CsvFormat(timezone=ZoneInfo("America/New_York"), timestamp_format=form)
    assert read("timestamp,value\n2014-07-01 08:00:00,1\n", new_york) == [Row("taxi", NOON_MS, 1.0)]


def test_fractions_of_a_second_are_kept_to_the_millisecond() -> None:
    assert read("timestamp,value\n1404216000.0075,1\n")[0].timestamp_ms == NOON_MS + 8


def test_seconds_and_milliseconds_are_not_mixed_within_a_file() -> None:
    with pytest.raises(
        DataError, match=r"line 3: expected a timestamp between .* found '1404216000', read as 1404216000 "
    ):
        read("timestamp,value\n1404216000000,1\n1404216000,2\n")


def test_a_file_of_two_columns_needs_no_header() -> None:
    assert read(f"{NOON},1\n{NOON},2\n") == [Row("taxi", NOON_MS, 1.0), Row("taxi", NOON_MS, 2.0)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_the_first_line(delimiter: str) -> None:
    assert read(f"Time,Value,Host\n{NOON},1,a\n".replace(",", delimiter)) == [Row("taxi", NOON_MS, 1.0)]


def test_a_column_of_series_is_used_without_being_asked_for() -> None:
    assert [row.series for row in read(f"value,series,timestamp\n1,a,{NOON}\n2,b,{NOON}\n")] == ["a", "b"]


def test_a_series_that_is_given_wins_over_a_column() -> None:
    assert read(f"timestamp,value,series\n{NOON},1,a\n", CsvFormat(series="cpu"))[0].series == "cpu"


def test_columns_are_found_by_the_names_given() -> None:
    named = CsvFormat(timestamp_column="when", value_column="mem, MB", series_column="host")
    assert read(f'host,when,cpu,"mem, MB"\na,{NOON},1,2\n', named) == [Row("a", NOON_MS, 2.0)]


def test_columns_are_found_by_their_numbers_with_and_without_a_header() -> None:
    numbered = CsvFormat(timestamp_column="3", value_column="1")
    for header in ("", "x,y,z\n"):
        assert read(f"{header}7,8,{NOON}\n", numbered) == [Row("taxi", NOON_MS, 7.0)]


@pytest.mark.parametrize("missing", ["", "NaN", "null", "NA", " "])
def test_a_row_without_a_value_is_counted_and_left_out(missing: str) -> None:
    reader = CsvReader(io.StringIO(f"timestamp,value\n{NOON},{missing}\n{NOON},2\n"), "taxi.csv", NO_FORMAT, "taxi")
    assert [row.value for row in reader] == [2.0]
    assert reader.n_missing == 1


def test_blank_lines_a_byte_order_mark_and_windows_line_ends_are_passed_over() -> None:
    assert read(f"\ufefftimestamp,value\r\n\r\n{NOON},1\r\n\r\n") == [Row("taxi", NOON_MS, 1.0)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "taxi.csv is empty: expected lines of timestamp and value"),
        ("a,b\n1,2\n", "taxi.csv: expected columns timestamp and value, found a, b; name them: --columns "),
        (f"{NOON},1,2\n", "taxi.csv: expected columns timestamp and value, found 2014-07-01 12:00:00, 1, 2; name them"),
        (f"timestamp,value\n{NOON},1\n{NOON}\n", "taxi.csv, line 3: expected 2 columns, found 1"),
        (f"timestamp,value\n\n{NOON},high\n", "taxi.csv, line 3: expected a number as value, found 'high'"),
        (f"timestamp,value\n{NOON},1_000\n", "line 2: expected a number as value, found '1_000'"),
        (f"timestamp;value\n{NOON};1,5\n", "line 2: expected a number as value, found '1,5'"),
        (f"timestamp,value\n{NOON},-inf\n", "line 2: expected a value of at most 1e18 in magnitude, found '-inf'"),
        (f"timestamp,value\n{NOON},1e19\n", "line 2: expected a value of at most 1e18 in magnitude, found '1e19'"),
        (
            "timestamp,value\nnoon,1\n",
            r"line 2: expected a timestamp of the form of the first row .* found 'noon'; --time",
        ),
        (
            "timestamp,value\n20140701,1\n",
            "line 2: expected a timestamp between the years 1971 and 9999, found '20140701', ",
        ),
        ("timestamp,value\n1404216000000000,1\n", "found '1404216000000000', read as 1404216000000000 ms"),
        ("timestamp,value\n1e400,1\n", "line 2: expected a timestamp .* found '1e400'"),
        (f"timestamp,value,series\n{NOON},1, \n", "line 2: expected the name of a series, found an empty cell"),
        (f'timestamp,value\n"{NOON},1\n', "taxi.csv, after line 1: expected CSV, but "),
        ("x" * MAX_LINE_LENGTH, "taxi.csv, after line 0: no line end in 1000000 characters"),
    ],
)
def test_an_error_names_file_line_and_what_was_found(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(text)


@pytest.mark.parametrize(
    ("csv_format", "message"),
    [
        (CsvFormat(value_column="cpu"), "expected a column cpu for the value, found columns timestamp, value"),
        (CsvFormat(value_column="3"), "expected a column 3 for the value, found columns timestamp, value"),
        (CsvFormat(series_column="host"), "expected a column host for the series, found columns timestamp, value"),
        (CsvFormat(timestamp_format="%H:%M"), "expected a timestamp of the form %H:%M, found '2014-07-01 12:00:00'"),
    ],
)
def test_what_was_told_and_is_not_so_is_an_error(csv_format: CsvFormat, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(f"timestamp,value\n{NOON},1\n", csv_format)


def test_a_stream_without_a_name_for_its_series_is_an_error() -> None:
    with pytest.raises(DataError, match="no column of series: name it, --columns series=NAME, or give one, --series"):
        read(f"{NOON},1\n", default_series=None)


def test_bytes_that_are_no_text_are_an_error() -> None:
    file = io.TextIOWrapper(io.BytesIO(b"timestamp,value\n\xff\xfe,1\n"), encoding="utf-8", newline="")
    with pytest.raises(DataError, match=r"taxi.csv, after line \d: expected UTF-8, found invalid start byte"):
        list(CsvReader(file, "taxi.csv", NO_FORMAT, "taxi"))


def test_rows_are_given_before_the_rest_of_the_file_is_read() -> None:
    file = io.StringIO(f"timestamp,value\n{NOON},1\n" + f"{NOON},2\n" * 1000)
    next(iter(CsvReader(file, "taxi.csv", NO_FORMAT, "taxi")))
    assert file.tell() < 100


@given(st.lists(st.tuples(st.integers(OLDEST_MS, 4 * NOON_MS), st.floats(-MAX_VALUE, MAX_VALUE)), min_size=1))
def test_what_python_writes_is_read_back(points: list[tuple[int, float]]) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    times = [(epoch + timedelta(milliseconds=timestamp_ms)).replace(tzinfo=None) for timestamp_ms, _ in points]
    text = "".join(f"{time} ,{value!r}\n" for time, (_, value) in zip(times, points, strict=True))
    assert [(row.timestamp_ms, row.value) for row in read(text)] == points


@pytest.mark.parametrize(
    "text",
    [
        "timestamp;value\n2014-07-01 12:00:00;3,5\n",
        "2014-07-01 12:00:00;3,5\n",
        '"2014-07-01 12:00:00","3,5"\n',
        "timestamp\tvalue\n1404216000\t3,5\n",
    ],
)
def test_a_decimal_comma_is_read_where_it_is_asked_for(text: str) -> None:
    assert read(text, CsvFormat(decimal=",")) == [Row("taxi", NOON_MS, 3.5)]


@pytest.mark.parametrize(("decimal", "written", "other"), [(".", '"3,5"', ","), (",", "3.5", ".")])
def test_another_decimal_separator_is_refused_with_the_option_that_reads_it(
    decimal: Literal[".", ","], written: str, other: str
) -> None:
    with pytest.raises(DataError, match=rf"line 2: expected a number as value, found '3.5'; --decimal [{other}] reads"):
        read(f"timestamp,value\n{NOON},{written}\n", CsvFormat(decimal=decimal))


def test_a_thousands_separator_is_never_taken_for_a_decimal_one() -> None:
    with pytest.raises(DataError, match=r"expected a number as value, found '1\.234,5'"):
        read(f"timestamp;value\n{NOON};1.234,5\n", CsvFormat(decimal=","))


def test_bad_rows_are_left_out_and_counted_where_that_is_asked_for() -> None:
    rows = [
        "noon,1",
        f"{NOON_MS},1",
        f"{NOON_MS + 1},high",
        f"{NOON_MS + 2}",
        f'{NOON_MS + 3},"4"4',
        f"{NOON_MS + 4},5",
    ]
    text = "timestamp,value\n" + "\n".join(rows) + "\n"
    reader = CsvReader(io.StringIO(text, newline=""), "taxi.csv", CsvFormat(skip_bad=True), "taxi")
    assert [row.value for row in reader] == [1.0, 5.0]
    assert reader.n_bad == 4
    assert reader.first_bad.startswith("taxi.csv, line 2: expected a timestamp")


def test_rows_with_other_bytes_than_utf_8_are_bad_rows() -> None:
    binary = io.BytesIO(f"timestamp,value,series\n{NOON_MS},1,a\xff\n{NOON_MS},2,b\n".encode("latin-1"))
    text = io.TextIOWrapper(binary, encoding="utf-8", errors="replace", newline="")
    reader = CsvReader(text, "taxi.csv", CsvFormat(skip_bad=True))
    assert [row.series for row in reader] == ["b"]
    assert reader.first_bad == "taxi.csv, line 2: expected UTF-8, found other bytes"


def test_a_file_without_the_columns_ends_the_reading_even_where_bad_rows_are_left_out() -> None:
    with pytest.raises(DataError, match="expected columns timestamp and value"):
        read("root:x:0:0:root:/root:/bin/bash\n", CsvFormat(skip_bad=True))
