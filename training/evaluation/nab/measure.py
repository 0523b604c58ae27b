"""Measuring: every file in every run through the product's gauge, on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

from stream.gauges import AnyGauge
from training.evaluation.nab.alarms import alarms_at
from training.evaluation.nab.corpus import File
from training.evaluation.nab.lanes import Judged, judge
from training.evaluation.nab.luck import Luck
from training.evaluation.nab.marking import Marking
from training.evaluation.nab.protocol import probation
from training.evaluation.nab.shared import Shared, lend, shared
from training.evaluation.nab.tally import Tally

POLL_S = 0.2

ROUND_COSTS = 150
"""A round of a call takes about as long as so many points of it."""


class Subject(Protocol):
    """What is measured; it is sent to other processes, so it must be possible to pickle it."""

    def gauge(self, warmup: int) -> AnyGauge:
        """Make a new gauge whose keys warm up for so many records."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A file in one run.

    Attributes
    ----------
    tally : Tally
        At `THRESHOLDS`.
    judged : Judged or None
        Row by row; of the first run only.
    """

    tally: Tally
    judged: Judged | None

    @classmethod
    def of(cls, file: File, judged: Judged, keep: bool = True) -> Measured:
        """Count the alarms of what was said of a file, and keep it row by row or not."""
        return cls(Tally.of(Marking.of(file), *alarms_at(judged.score)), judged if keep else None)


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
        Records before a key may alarm; None is the probation of its file.
    progress : callable
        Told how many rows of all runs are done.

    Returns
    -------
    list of list of Measured
        By run and file.
    """
    results: dict[tuple[int, int], Measured] = {}
    n_processes = len(os.sched_getaffinity(0))
    tasks = _tasks(files, lucks, warmup, n_processes)
    context = multiprocessing.get_context("spawn")
    counts = Shared(context)
    with ProcessPoolExecutor(min(n_processes, len(tasks)), context, lend, (counts,)) as pool, counts:
        pending = {pool.submit(_measure, subject, warmup_, lanes) for warmup_, lanes in tasks}
        while pending:
            done, pending = wait(pending, POLL_S, FIRST_COMPLETED)
            for future in done:
                results |= future.result()
            progress(counts.n_rows)
    return [[results[run, number] for number in range(len(files))] for run in range(len(lucks))]


def _tasks(
    files: Sequence[File], lucks: Sequence[Luck], warmup: int | None, n_processes: int
) -> list[tuple[int, list[_Lane]]]:
    """Put lanes together that warm up alike: a gauge has one warm-up. The longest tasks come first."""
    groups: dict[int, list[_Lane]] = defaultdict(list)
    for run, luck in enumerate(lucks):
        for number, file in enumerate(files):
            groups[probation(file.n_rows) if warmup is None else warmup].append(_Lane(run, number, luck, file))
    share = sum(_cost(lanes) for lanes in groups.values()) / n_processes
    tasks = []
    for warmup_, lanes in groups.items():
        n_parts = min(max(1, round(_cost(lanes) / share)), len(lanes))
        tasks += [(warmup_, lanes[part::n_parts]) for part in range(n_parts)]
    return sorted(tasks, key=lambda task: -_cost(task[1]))


def _cost(lanes: list[_Lane]) -> int:
    lengths = [lane.file.n_rows for lane in lanes]
    return sum(lengths) + ROUND_COSTS * max(lengths)


def _measure(subject: Subject, warmup: int, lanes: list[_Lane]) -> dict[tuple[int, int], Measured]:
    files = [lane.luck.apply(lane.file) for lane in lanes]
    judged = judge(subject.gauge(warmup), files, shared().add)
    return {
        (lane.run, lane.number): Measured.of(file, found, keep=lane.run == 0)
        for lane, file, found in zip(lanes, files, judged, strict=True)
    }
