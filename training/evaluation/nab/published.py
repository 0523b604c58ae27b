"""What others have published: the scores of detectors, and their scores record by record."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stream.detection.arrays import Float64
from stream.errors import DataError
from training.evaluation.nab.corpus import File
from training.evaluation.nab.protocol import PROFILES

OWN, OFFICIAL = "published/scores.json", "results/final_results.json"
"""Where scores are looked for below the folder: with thresholds, and as NAB's own repository has them."""

COLUMNS = ("file", "row", "anomaly_score")


@dataclass(frozen=True, slots=True)
class Published:
    """A detector's published scores."""

    name: str
    scores: Mapping[str, float]
    """By profile."""
    thresholds: Mapping[str, float]
    """By profile; empty where they are not known."""


def read_published(directory: Path) -> list[Published]:
    """Read the published scores in NAB's folder, the best first; none where the folder has none.

    Raises
    ------
    DataError
        If the file is not what it should be.
    """
    path = next((directory / name for name in (OWN, OFFICIAL) if (directory / name).is_file()), None)
    if path is None:
        return []
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        read = [_published(name, entry) for name, entry in found.items()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        names = ", ".join(profile.name for profile in PROFILES)
        raise DataError(f"{path}: expected each detector's scores in {names}; found {error!r}") from error
    return sorted(read, key=lambda each: -each.scores[PROFILES[0].name])


def _published(name: str, entry: dict[str, Any]) -> Published:
    scores: dict[str, float] = entry.get("scores", entry)
    names = [profile.name for profile in PROFILES]
    return Published(name, {each: float(scores[each]) for each in names}, entry.get("thresholds", {}))


def read_scores(path: Path, files: Sequence[File]) -> list[Float64]:
    """Read a detector's scores record by record, a CSV file (or one packed by gzip) of file, row, anomaly_score.

    Returns
    -------
    list of float64, shape (rows,)
        Of these files, in their order.

    Raises
    ------
    DataError
        If it is no such file, or a row has no score or two.
    """
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                found[row[COLUMNS[0]]].append((int(row[COLUMNS[1]]), float(row[COLUMNS[2]])))
    except (OSError, EOFError, ValueError, KeyError, TypeError, csv.Error) as error:
        expected = f"expected CSV with the columns {', '.join(COLUMNS)}"
        raise DataError(f"{path}: {expected}; found {error!r}") from error
    return [_in_order(path, file, found[file.name]) for file in files]


def _in_order(path: Path, file: File, found: list[tuple[int, float]]) -> Float64:
    rows, scores = [row for row, _ in found], np.array([score for _, score in found], np.float64)
    if sorted(rows) != list(range(file.n_rows)) or np.isnan(scores).any():
        raise DataError(
            f"{path}: expected one score for each of the rows 0 to {file.n_rows - 1:,} of {file.name}, found "
            f"{len(set(rows)):,} rows with {len(rows):,} scores"
        )
    return scores[np.argsort(rows)]
