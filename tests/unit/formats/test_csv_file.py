"""A CSV file is read in the same way by every command: compressed or not, and with its name as series."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from stream.errors import DataError
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.file import read_csv_file
from stream.formats.csv.points import Row

CONTENT = b"timestamp,value\n1709294400,1.5\n"
POINT_MS = 1_709_294_400_000


def rows(path: Path, content: bytes, csv_format: CsvFormat | None = None) -> list[Row]:
    path.write_bytes(content)
    with path.open("rb") as binary:
        return list(read_csv_file(binary, path, csv_format or CsvFormat()))


@pytest.mark.parametrize(
    ("name", "content"),
    [("web.cpu.csv", CONTENT), ("web.cpu.csv.gz", gzip.compress(CONTENT, mtime=0)), ("web.cpu", CONTENT)],
    ids=["plain", "packed", "without an ending"],
)
def test_the_series_is_the_file_s_name_without_its_endings(tmp_path: Path, name: str, content: bytes) -> None:
    series = "web" if name == "web.cpu" else "web.cpu"
    assert rows(tmp_path / name, content) == [Row(series, POINT_MS, 1.5)]


def test_a_file_that_is_not_compressed_as_its_name_says_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"load\.csv\.gz: expected a file compressed by gzip, but Not a gzipped file"):
        rows(tmp_path / "load.csv.gz", CONTENT)


def test_a_compressed_file_that_is_cut_off_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"load\.csv\.gz: expected a file compressed by gzip, but Compressed"):
        rows(tmp_path / "load.csv.gz", gzip.compress(CONTENT)[:-9])


def test_bytes_that_are_no_utf8_make_a_bad_row_where_these_are_left_out(tmp_path: Path) -> None:
    content = CONTENT + b"1709294460,\xff\n1709294520,2.5\n"
    with pytest.raises(DataError, match="expected UTF-8"):
        rows(tmp_path / "load.csv", content)
    kept = rows(tmp_path / "load.csv", content, CsvFormat(skip_bad=True))
    assert [row.value for row in kept] == [1.5, 2.5]
