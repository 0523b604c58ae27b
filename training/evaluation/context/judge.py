"""Judging: the suite's series through the product's gauge, and the episodes that open in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from os import sched_getaffinity

import numpy as np

from stream.detection.gauge import Gauge
from stream.detection.record import Int64
from stream.detection.transition import Change
from training.evaluation.context.subjects import Subject
from training.evaluation.context.suite import Case, draw

CHUNK = 100
"""Records of each series that are scored in one call."""


def judge(
    subject: Subject, seed: int, n_draws: int, progress: Callable[[int], None] = lambda n_done: None
) -> list[tuple[Case, Int64]]:
    """Draw the suite and say in which records of each series an episode opens.

    Parameters
    ----------
    subject : Subject
        What is judged; it is sent to other processes.
    seed, n_draws : int
        Of the suite; see `training.evaluation.context.suite.draw`.
    progress : callable
        Told how many of the draws are done.

    Returns
    -------
    list of (Case, int64 of shape (episodes,))
    """
    found: list[tuple[Case, Int64]] = []
    with ProcessPoolExecutor(len(sched_getaffinity(0)), get_context("spawn")) as pool:
        tasks = [pool.submit(_judge_draw, subject, seed, number) for number in range(n_draws)]
        for n_done, task in enumerate(tasks, start=1):
            found += task.result()
            progress(n_done)
    return found


def _judge_draw(subject: Subject, seed: int, number: int) -> list[tuple[Case, Int64]]:
    cases = list(draw(seed, number))
    return list(zip(cases, openings(subject.gauge(), cases), strict=True))


def openings(gauge: Gauge, cases: Sequence[Case]) -> list[Int64]:
    """Give the records in which the episodes of each series open, all series side by side as keys of one gauge."""
    gauge.state.grow(len(cases))
    opened: list[list[int]] = [[] for _ in cases]
    lengths = np.array([len(case.values) for case in cases])
    for start in range(0, int(lengths.max(initial=0)), CHUNK):
        slots = np.flatnonzero(lengths > start)
        parts = [slice(start, min(start + CHUNK, int(lengths[slot]))) for slot in slots]
        _score(gauge, cases, slots, parts, opened)
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
