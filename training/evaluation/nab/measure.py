"""Measuring: every file in every run through the product's gauge, on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from stream.detection.state.layout import Int64
from stream.gauges import AnyGauge
from training.evaluation.alarms import alarms_at
from training.evaluation.nab.backtest import Judged, judge
from training.evaluation.nab.corpus import File
from training.evaluation.nab.perturbation import Luck
from training.evaluation.nab.scoring.confusion import Tally
from training.evaluation.nab.scoring.label_weights import Marking
from training.evaluation.shared import POLL_S, Shared, lend, shared


class Subject(Protocol):
    """What is measured; it is sent to other processes, so it must be possible to pickle it."""

    def gauge(self, warmups: Int64) -> AnyGauge:
        """Make a new gauge for so many keys, of which each warms up for so many records."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A file in one run.

    Attributes
    ----------
    tally : Tally
        Of the detector's own alarms, at `THRESHOLDS`.
    pages : Tally
        Of the events that call a person, at the product's boundary alone.
    judged : Judged or None
        Row by row; of the first run only.
    """

    tally: Tally
    pages: Tally
    judged: Judged | None

    @classmethod
    def of(cls, file: File, judged: Judged, keep: bool = True) -> Measured:
        """Count the alarms and pages of what was said of a file, and keep it row by row or not."""
        marking, rows = Marking.of(file), np.unique(judged.paged)
        pages = Tally.of(marking, rows, np.ones((1, len(rows)), np.bool_))
        return cls(Tally.of(marking, *alarms_at(judged.score)), pages, judged if keep else None)


@dataclass(frozen=True, slots=True)
class _Lane:
    run: int
    number: int
    luck: Luck
    file: File


def measure(
    subject: Subject,
    files: Sequence[File],
    lucks: Sequence[Luck],
    warmup: int | None = None,
    progress: Callable[[int], None] = lambda n_rows: None,
) -> list[list[Measured]]:
    """Score every file in every run.

    Parameters
    ----------
    subject : Subject
    files : sequence of File
    lucks : sequence of Luck
        One a run.
    warmup : int or None
        Records before a key may alarm; None is what is left of the probation of its file.
    progress : callable
        Told how many rows of all runs are done.

    Returns
    -------
    list of list of Measured
        By run and file.
    """
    results: dict[tuple[int, int], Measured] = {}
    context = multiprocessing.get_context("spawn")
    counts = Shared(context)
    tasks = _tasks(files, lucks, len(os.sched_getaffinity(0)))
    with ProcessPoolExecutor(len(tasks), context, lend, (counts,)) as pool, counts:
        pending = {pool.submit(_measure, subject, warmup, lanes) for lanes in tasks}
        while pending:
            done, pending = wait(pending, POLL_S, FIRST_COMPLETED)
            for future in done:
                results |= future.result()
            progress(counts.n_done)
    return [[results[run, number] for number in range(len(files))] for run in range(len(lucks))]


def _tasks(files: Sequence[File], lucks: Sequence[Luck], n_processes: int) -> list[list[_Lane]]:
    """Deal the lanes out, the longest first: as many keys as possible in each call, and as many calls for each."""
    lanes = [_Lane(run, number, luck, file) for run, luck in enumerate(lucks) for number, file in enumerate(files)]
    lanes.sort(key=lambda lane: -lane.file.n_rows)
    return [dealt for first in range(n_processes) if (dealt := lanes[first::n_processes])]


def _measure(subject: Subject, warmup: int | None, lanes: list[_Lane]) -> dict[tuple[int, int], Measured]:
    files = [lane.luck.apply(lane.file) for lane in lanes]
    warmups = np.array([file.n_probation if warmup is None else warmup for file in files], np.int64)
    judged = judge(subject.gauge(warmups), files, shared().add)
    return {
        (lane.run, lane.number): Measured.of(file, found, keep=lane.run == 0)
        for lane, file, found in zip(lanes, files, judged, strict=True)
    }
