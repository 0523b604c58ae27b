"""The point store: points of many series, written to the disk as they are read, then read series by series."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Float64, Int32, Int64
from training.files import writing

N_CHUNK = 65_536
"""Points after which memory is written to the disk: 1.3 MB, and the points that were added last."""

READ = np.dtype([("series", "<i4"), ("timestamp_ms", "<i8"), ("value", "<f8")])
KEPT = np.dtype([("timestamp_ms", "<i8"), ("value", "<f8")])


@dataclass(slots=True)
class PointWriter:
    """Takes points in the order in which they are read, whatever their number.

    On the disk a point is 20 bytes while reading and 16 after; in memory there are some `N_CHUNK` points, and for
    each series its name and two numbers.
    """

    folder: Path
    """Must exist; whoever made it removes it."""
    n_points: int = 0
    """Points taken."""
    _numbers: dict[str, int] = field(default_factory=dict)
    _n_missing: list[int] = field(default_factory=list)
    _counts: Int64 = field(default_factory=lambda: np.zeros(0, np.int64))
    _series: array[int] = field(default_factory=lambda: array("i"))
    _timestamps_ms: array[int] = field(default_factory=lambda: array("q"))
    _values: array[float] = field(default_factory=lambda: array("d"))

    def __post_init__(self) -> None:
        """Forget what a killed reader left."""
        self._path.unlink(missing_ok=True)

    def number(self, series: str) -> int:
        """Return the number by which a series is known here."""
        number = self._numbers.setdefault(series, len(self._numbers))
        if number == len(self._n_missing):
            self._n_missing.append(0)
        return number

    def add(self, number: int, timestamps_ms: Sequence[int], values: Sequence[float]) -> None:
        """Take points of one series."""
        self._series.extend(repeat(number, len(values)))
        self._timestamps_ms.extend(timestamps_ms)
        self._values.extend(values)
        if len(self._series) >= N_CHUNK:
            self._flush()

    def add_missing(self, number: int, n_points: int = 1) -> None:
        """Count points without a value."""
        self._n_missing[number] += n_points

    def finish(self) -> PointStore:
        """Bring the points of each series together, in the order in which they were read."""
        self._flush()
        self._count(np.zeros(0, np.int32))
        path = self.folder / "series.bin"
        store = PointStore(path, list(self._numbers), self._counts, np.array(self._n_missing, np.int64))
        path.unlink(missing_ok=True)
        if self.n_points:
            make_room(path, self.n_points * KEPT.itemsize)
            self._group(np.memmap(path, KEPT, "r+", shape=self.n_points), store.starts.copy())
        self._path.unlink(missing_ok=True)
        return store

    @property
    def _path(self) -> Path:
        return self.folder / "read.bin"

    def _flush(self) -> None:
        if self._series:
            chunk = (np.array(self._series, np.int32), np.array(self._timestamps_ms), np.array(self._values))
            self._write(*chunk)
            del self._series[:], self._timestamps_ms[:], self._values[:]

    def _write(self, numbers: Int32, timestamps_ms: Int64, values: Float64) -> None:
        chunk = np.empty(len(numbers), READ)
        chunk["series"], chunk["timestamp_ms"], chunk["value"] = numbers, timestamps_ms, values
        with writing(self._path), self._path.open("ab") as file:
            file.write(chunk.tobytes())  # Unlike `tofile` its error has the reason.
        self.n_points += len(chunk)
        self._count(numbers)

    def _count(self, numbers: Int32) -> None:
        counts = np.bincount(numbers, minlength=len(self._numbers))
        counts[: len(self._counts)] += self._counts
        self._counts = counts

    def _group(self, grouped: NDArray[np.void], free: Int64) -> None:
        """Deal the points out to their series; `free` is each series' next free place."""
        with self._path.open("rb") as file:
            while len(chunk := np.fromfile(file, READ, N_CHUNK)):
                chunk = chunk[np.argsort(chunk["series"], kind="stable")]
                numbers, first, counts = np.unique(chunk["series"], return_index=True, return_counts=True)
                within = np.arange(len(chunk)) - np.repeat(first, counts)
                places = np.repeat(free[numbers], counts) + within
                grouped["timestamp_ms"][places], grouped["value"][places] = chunk["timestamp_ms"], chunk["value"]
                free[numbers] += counts


def make_room(path: Path, n_bytes: int) -> None:
    """Reserve a new file's space: a full disk would otherwise end a process that writes to a memory map (SIGBUS).

    Raises
    ------
    TrainingError
        If there is no space, or the file cannot be written.
    """
    with writing(path), path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, n_bytes)


@dataclass(frozen=True, slots=True)
class PointStore:
    """Points on the disk, series by series."""

    path: Path
    names: list[str]
    counts: Int64
    n_missing: Int64
    """Shape (series,). Points of each series; points that came without a value."""

    @property
    def starts(self) -> Int64:
        """Return the place of each series' first point; shape (series + 1,)."""
        return np.concatenate([[0], np.cumsum(self.counts)])

    def chunks(self) -> Iterator[tuple[int, Iterator[tuple[Int64, Float64]]]]:
        """Return every series: its number, and its points in pieces that fit into memory."""
        for number, (start, count) in enumerate(zip(self.starts, self.counts, strict=False)):
            yield number, self._pieces(int(start), int(count))

    def _pieces(self, start: int, count: int) -> Iterator[tuple[Int64, Float64]]:
        with self.path.open("rb") as file:
            file.seek(start * KEPT.itemsize)
            while count:
                piece = np.fromfile(file, KEPT, min(count, N_CHUNK))
                count -= len(piece)
                yield piece["timestamp_ms"], piece["value"]
