"""Judging: the suite's series through the product's gauge, and the episodes that open in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import get_context
from os import sched_getaffinity

import numpy as np

from stream.detection.gauge import Gauge
from stream.detection.record import Int64
from stream.detection.transition import Change
from training.evaluation.context.subjects import Subject
from training.evaluation.context.suite import Case, draw
from training.evaluation.shared import POLL_S, Shared, lend, shared

CHUNK = 100
"""Records of each series that are scored in one call."""

PARTS = 1_000_000
"""In so many parts of a draw is progress counted between processes."""


def judge(
    subject: Subject, seed: int, n_draws: int, progress: Callable[[float], None] = lambda n_done: None
) -> list[tuple[Case, Int64]]:
    """Draw the suite and say in which records of each series an episode opens.

    Parameters
    ----------
    subject : Subject
        What is judged; it is sent to other processes.
    seed, n_draws : int
        Of the suite; see `training.evaluation.context.suite.draw`.
    progress : callable
        Told how many of the draws are done, parts of them included.

    Returns
    -------
    list of (Case, int64 of shape (episodes,))
    """
    context = get_context("spawn")
    counts = Shared(context)
    with ProcessPoolExecutor(len(sched_getaffinity(0)), context, lend, (counts,)) as pool, counts:
        tasks = [pool.submit(_judge_draw, subject, seed, number) for number in range(n_draws)]
        pending = set(tasks)
        while pending:
            done, pending = wait(pending, POLL_S, FIRST_COMPLETED)
            for task in done:
                task.result()  # The first that fails ends them all.
            progress(counts.n_done / PARTS)
    return [judged for task in tasks for judged in task.result()]


def _judge_draw(subject: Subject, seed: int, number: int) -> list[tuple[Case, Int64]]:
    cases = list(draw(seed, number))
    found = openings(subject.gauge(), cases, lambda share: shared().add(round(PARTS * share)))
    return list(zip(cases, found, strict=True))


def openings(
    gauge: Gauge, cases: Sequence[Case], progress: Callable[[float], None] = lambda share: None
) -> list[Int64]:
    """Give the records in which the episodes of each series open, all series side by side as keys of one gauge.

    After each call of the gauge progress is told the share of all records that it had.
    """
    gauge.state.grow(len(cases))
    opened: list[list[int]] = [[] for _ in cases]
    lengths = np.array([len(case.values) for case in cases])
    for start in range(0, int(lengths.max(initial=0)), CHUNK):
        slots = np.flatnonzero(lengths > start)
        parts = [slice(start, min(start + CHUNK, int(lengths[slot]))) for slot in slots]
        _score(gauge, cases, slots, parts, opened)
        progress(sum(part.stop - part.start for part in parts) / int(lengths.sum()))
    return [np.array(rows, np.int64) for rows in opened]


def _score(gauge: Gauge, cases: Sequence[Case], slots: Int64, parts: Sequence[slice], opened: list[list[int]]) -> None:
    n_each = [part.stop - part.start for part in parts]
    of_slot = np.repeat(slots, n_each)
    at = np.concatenate([np.arange(part.start, part.stop) for part in parts])
    times_s = np.concatenate([cases[slot].timestamps_s[part] for slot, part in zip(slots, parts, strict=True)])
    values = np.concatenate([cases[slot].values[part] for slot, part in zip(slots, parts, strict=True)])
    verdicts = gauge.score(of_slot, np.rint(1000 * times_s).astype(np.int64), values)
    for change in verdicts.transitions:
        if change.change == Change.OPEN:
            opened[of_slot[change.row]].append(int(at[change.row]))
