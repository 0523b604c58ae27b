"""Lanes: many series side by side through one gauge, each a key of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stream.detection.record import Float64, Int64
from stream.detection.transition import Change
from stream.detection.verdict import Verdicts
from stream.gauges import AnyGauge
from training.evaluation.nab.corpus import File

N_STEPS = 200
"""Points of each lane in one call: so often does the progress move."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the product says of each row of a file.

    Attributes
    ----------
    score, expected, lower, upper : float64, shape (rows,)
        As published; NaN where there is none: the row was dropped for its time, the key was warming up, or, of the
        band, none was asked for.
    opened, closed : int64, shape (episodes,), shape (episodes,)
        Rows at which episodes begin, and at which each was back inside for good; one that is open at the end ends with
        the last row.
    """

    score: Float64
    expected: Float64
    lower: Float64
    upper: Float64
    opened: Int64
    closed: Int64

    @classmethod
    def of(cls, file: File, columns: Float64, opened: Sequence[int], ended_ms: Sequence[int]) -> Judged:
        """Put together what was said of a file.

        Parameters
        ----------
        file : File
        columns : float64, shape (4, rows)
            Score, expected, lower, upper.
        opened : sequence of int
            Rows.
        ended_ms : sequence of int
            Event times at which all episodes, or all but the last, were back inside.
        """
        score, expected, lower, upper = columns
        fresh = fresh_rows(file)
        closed = fresh[np.searchsorted(file.timestamps_ms[fresh], np.array(ended_ms, np.int64))].tolist()
        if len(closed) < len(opened):
            closed.append(file.n_rows - 1)
        return cls(score, expected, lower, upper, np.array(opened, np.int64), np.array(closed, np.int64))


def fresh_rows(file: File) -> Int64:
    """Give the rows that the product takes: those later than every row before them. Others are dropped and counted."""
    newest = np.maximum.accumulate(np.concatenate([[-1], file.timestamps_ms]))[:-1]
    return np.flatnonzero(file.timestamps_ms > newest)


def judge(gauge: AnyGauge, files: Sequence[File], progress: Callable[[int], None]) -> list[Judged]:
    """Score every row of every file.

    A key's verdicts do not depend on the other keys, so this is what a worker says of each series; the more keys there
    are in a call, the less each point costs.

    Parameters
    ----------
    gauge : AnyGauge
        Of one feature, new.
    files : sequence of File
    progress : callable
        Told now and then how many more rows are done.
    """
    gauge.state.grow(len(files) * gauge.n_slots)
    columns = [np.full((4, file.n_rows), np.nan) for file in files]
    opened: list[list[int]] = [[] for _ in files]
    ended_ms: list[list[int]] = [[] for _ in files]
    for slots, rows in _calls(files):
        timestamps_ms = np.concatenate([files[slot].timestamps_ms[rows] for slot in slots])
        values = np.concatenate([files[slot].values[rows] for slot in slots])
        lengths = np.array([len(files[slot].values[rows]) for slot in slots])
        verdicts = gauge.score(np.repeat(slots, lengths), timestamps_ms, values)
        starts = np.cumsum(lengths) - lengths
        for slot, start, length in zip(slots.tolist(), starts.tolist(), lengths.tolist(), strict=True):
            columns[slot][:, rows][:, :length] = _columns(verdicts, slice(start, start + length))
        for transition in verdicts.transitions:
            number = int(np.searchsorted(starts, transition.row, side="right")) - 1
            if transition.change == Change.OPEN:
                opened[slots[number]].append(rows.start + transition.row - int(starts[number]))
            elif transition.change == Change.AGAIN and len(ended_ms[slots[number]]) == len(opened[slots[number]]):
                ended_ms[slots[number]].pop()  # It was closed, and is open again.
            elif transition.end_ms is not None:
                ended_ms[slots[number]].append(transition.end_ms)
        progress(len(values))
    return [Judged.of(*each) for each in zip(files, columns, opened, ended_ms, strict=True)]


def _calls(files: Sequence[File]) -> Iterator[tuple[Int64, slice]]:
    """Give the slots that still have rows, and which rows are next."""
    lengths = np.array([file.n_rows for file in files])
    for first in range(0, int(lengths.max(initial=0)), N_STEPS):
        yield np.flatnonzero(lengths > first), slice(first, first + N_STEPS)


def _columns(verdicts: Verdicts, part: slice) -> Float64:
    return np.stack([verdicts.score[part], verdicts.expected[part], verdicts.lower[part], verdicts.upper[part]])
