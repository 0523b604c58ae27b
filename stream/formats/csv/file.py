"""CSV files as bytes: decompressed, decoded, and read as points."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import IO

from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.points import CsvReader

STANDARD_INPUT = "standard input"


def read_csv_file(binary: IO[bytes], path: Path | None, csv_format: CsvFormat) -> CsvReader:
    """Read an open CSV file, which may be compressed by gzip.

    Parameters
    ----------
    binary : IO of bytes
        Stays open.
    path : Path or None
        Of the file: one that ends with .gz is decompressed, and its name without endings is the series of rows that
        name none. None is standard input.
    csv_format : CsvFormat
        Where it leaves bad rows out, bytes that are no UTF-8 make a row bad and do not end the reading.
    """
    is_compressed = path is not None and path.suffix == ".gz"
    plain = gzip.GzipFile(fileobj=binary) if is_compressed else binary
    errors = "replace" if csv_format.skip_bad else "strict"
    text = io.TextIOWrapper(plain, encoding="utf-8", errors=errors, newline="")
    if path is None:
        return CsvReader(text, STANDARD_INPUT, csv_format)
    return CsvReader(text, str(path), csv_format, Path(path.stem).stem if is_compressed else path.stem)
