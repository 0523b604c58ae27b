"""Labels: known anomalous times, to draw beside the findings."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np

from stream.errors import DataError
from stream.formats.timestamps import from_iso

EXAMPLE = '{"SERIES": [["2026-11-02T15:30Z", "2026-11-02T18:00Z"]]}'

Spans: TypeAlias = list[tuple[np.datetime64, np.datetime64]]


def read_labels(path: Path) -> dict[str, Spans]:
    """Read labels: JSON with `[start, end]` lists per series.

    A key that ends with the name of a file, such as `realKnownCause/nyc_taxi.csv`, is for the series `nyc_taxi`. A file
    that ends with .gz is decompressed.

    Raises
    ------
    DataError
        If it is no such file.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        found = msgspec.json.decode(content, type=dict[str, list[tuple[str, str]]])
        return {
            _series(key): [
                (np.datetime64(from_iso(start), "ms"), np.datetime64(from_iso(end), "ms")) for start, end in spans
            ]
            for key, spans in found.items()
        }
    except (OSError, EOFError, ValueError) as error:  # msgspec's own errors are ValueErrors.
        raise DataError(f"{path}: expected JSON such as {EXAMPLE}, but {error}") from error


def _series(key: str) -> str:
    return key.rpartition("/")[2].removesuffix(".csv")
