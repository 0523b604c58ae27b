"""Scoring of the suite: alerts raised on each series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import get_context
from os import sched_getaffinity

import numpy as np

from stream.detection.arrays import Int64
from stream.detection.backtest import PointScorer, Series, backtest
from training.evaluation.context.subjects import Subject
from training.evaluation.context.suite import Case, draw
from training.evaluation.pages import PAGING
from training.evaluation.shared import POLL_S, Shared, lend, shared

PARTS = 1_000_000
"""In so many parts of a draw is progress counted between processes."""


def score_suite(
    subject: Subject, seed: int, n_draws: int, progress: Callable[[float], None] = lambda n_done: None
) -> list[tuple[Case, Int64]]:
    """Draw the suite and find the records of each series that raise a page.

    Parameters
    ----------
    subject : Subject
        What is evaluated; it is sent to other processes.
    seed, n_draws : int
        Of the suite; see `training.evaluation.context.suite.draw`.
    progress : callable
        Told how many of the draws are done, parts of them included.

    Returns
    -------
    list of (Case, int64 of shape (pages,))
    """
    context = get_context("spawn")
    counts = Shared(context)
    with ProcessPoolExecutor(len(sched_getaffinity(0)), context, lend, (counts,)) as pool, counts:
        tasks = [pool.submit(_score_draw, subject, seed, number) for number in range(n_draws)]
        pending = set(tasks)
        while pending:
            done, pending = wait(pending, POLL_S, FIRST_COMPLETED)
            for task in done:
                task.result()  # The first that fails ends them all.
            progress(counts.n_done / PARTS)
    return [evaluated for task in tasks for evaluated in task.result()]


def _score_draw(subject: Subject, seed: int, number: int) -> list[tuple[Case, Int64]]:
    cases = list(draw(seed, number))
    found = pages(subject.build_detector(), cases, lambda share: shared().add(round(PARTS * share)))
    return list(zip(cases, found, strict=True))


def pages(
    scorer: PointScorer, cases: Sequence[Case], progress: Callable[[float], None] = lambda share: None
) -> list[Int64]:
    """Return the records of each series with an event in `PAGING`, all series side by side as keys of one detector.

    Now and then progress is called with the share of all records that was scored since.
    """
    n_records = sum(len(case.values) for case in cases)
    series = [Series(np.rint(1000 * case.timestamps_s).astype(np.int64), case.values) for case in cases]
    scored = backtest(scorer, series, progress=lambda n_points: progress(n_points / n_records))
    return [found.points_of(*PAGING) for found in scored]
