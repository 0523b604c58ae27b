"""The training examples: made once from the series by the detector's own code, and kept on the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stream.detection.arrays import N_INPUTS, Float32, Int64
from training.fit.data.point_store import make_room
from training.fit.data.series import Series
from training.fit.plan import N_STRETCH, Split
from training.synthetic.examples import Examples

N_TARGETS = 2
N_AT_ONCE = 400_000
"""Records whose inputs are made in one go: 45 MB. Many series at once cost a fraction of one after the other."""

HOLE_S = 1e9
"""Seconds between the last point of a series and what fills its row in a group."""

ROW = np.dtype([("inputs", "<f4", (N_INPUTS,)), ("targets", "<f4", (N_TARGETS,))])


@dataclass(frozen=True, slots=True)
class Dataset:
    """Inputs and targets of all series on the disk, without their held-out parts.

    Record t of a series is what the detector feeds its model when point t has come; its targets are point t + 1 and a
    far one, see `Examples`.
    """

    path: Path
    splits: list[Split]
    """One a series."""
    starts: Int64
    """Shape (series + 1,). Place of each series' first record."""

    @classmethod
    def make(cls, series: Series, splits: list[Split], path: Path, report: Callable[[int], None]) -> Dataset:
        """Run the detector's input stages over the series; `report` is called with the records made so far."""
        lengths = np.array([split.held_out_start - 1 for split in splits])
        starts = np.concatenate([[0], np.cumsum(lengths)])
        make_room(path, int(starts[-1]) * ROW.itemsize)
        rows = np.memmap(path, ROW, "r+", shape=int(starts[-1]))
        n_made = 0
        for group in _groups(lengths):
            examples = _examples(series, group, lengths)
            for i, inputs, targets in zip(group, examples.inputs, examples.targets, strict=True):
                place = slice(starts[i], starts[i + 1])
                rows["inputs"][place], rows["targets"][place] = inputs[: lengths[i]], targets[: lengths[i]]
            n_made += int(lengths[group].sum())
            report(n_made)
        rows.flush()
        return cls(path, splits, starts)

    @property
    def lengths(self) -> Int64:
        """Count the records of each series."""
        return np.diff(self.starts)

    @property
    def windows(self) -> Int64:
        """Return the stretches to learn from, as pairs of series and stretch; shape (windows, 2)."""
        pairs = [(i, k) for i, split in enumerate(self.splits) for k in range(1, split.n_windows + 1)]
        return np.array(pairs, np.int64).reshape(-1, 2)

    def read(self, pairs: Int64) -> tuple[Float32, Float32]:
        """Read stretches; what lies beyond the end of a series is zero.

        Parameters
        ----------
        pairs : int64, shape (batch, 2)
            Series and stretch.

        Returns
        -------
        inputs : float32, shape (batch, 192, 26)
        targets : float32, shape (batch, 192, 2)
        """
        stretches = np.zeros((len(pairs), N_STRETCH), ROW)
        with self.path.open("rb") as file:
            for stretch, (i, k) in zip(stretches, pairs, strict=True):
                n_rows = min(N_STRETCH, int(self.starts[i + 1] - self.starts[i]) - k * N_STRETCH)
                if n_rows > 0:
                    file.seek(int(self.starts[i] + k * N_STRETCH) * ROW.itemsize)
                    stretch[:n_rows] = np.fromfile(file, ROW, n_rows)
        return np.ascontiguousarray(stretches["inputs"]), np.ascontiguousarray(stretches["targets"])


def _groups(lengths: Int64) -> Iterator[Int64]:
    """Cut series, the longest first, into groups of alike length of which each fits into memory."""
    order = np.argsort(-lengths, kind="stable")
    while len(order):
        n_series = max(1, N_AT_ONCE // int(lengths[order[0]]))
        yield order[:n_series]
        order = order[n_series:]


def _examples(series: Series, group: Int64, lengths: Int64) -> Examples:
    """Build examples of a group, padded to one length.

    The padding starts after a gap so long that no target crosses it.
    """
    length = int(lengths[group].max()) + 1
    timestamps_s, values = np.empty((2, len(group), length))
    for row, i in enumerate(group):
        times_ms, points = (column[: lengths[i] + 1] for column in series.points(int(i)))
        n_padded = length - len(points)
        padding_s = HOLE_S + np.median(np.diff(times_ms)) / 1000 * np.arange(n_padded)
        timestamps_s[row] = np.concatenate([times_ms / 1000, times_ms[-1] / 1000 + padding_s])
        values[row] = np.pad(points, (0, n_padded), "edge")
    return Examples.from_series(timestamps_s, values)
