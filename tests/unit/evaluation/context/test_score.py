"""Judging the suite: series side by side, and how far it is."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.backtest import Series, backtest
from stream.detection.episodes.transition import Change
from training.evaluation.context.score import LastValue, pages
from training.evaluation.context.suite import Case

LENGTHS = (420, 350, 30)
OUTLIER_AT = 400
AGAIN_AT = 430


def cases() -> list[Case]:
    """Make noise of several lengths; the longest has an outlier."""
    made = []
    for length in LENGTHS:
        values = np.random.default_rng(length).normal(size=length)
        values[OUTLIER_AT:] += 100
        made.append(Case("noise", "noise", "", 1_704_067_200.0 + 300 * np.arange(length, dtype=np.float64), values))
    return made


def test_every_series_has_the_pages_that_it_would_have_alone() -> None:
    together = pages(LastValue().build_detector(), cases())
    alone = [pages(LastValue().build_detector(), [case])[0] for case in cases()]
    assert [rows.tolist() for rows in together] == [rows.tolist() for rows in alone]
    assert OUTLIER_AT in together[0]


def test_an_episode_that_comes_again_raises_another_page() -> None:
    values = np.random.default_rng(0).normal(size=500)
    values[OUTLIER_AT] += 100
    values[AGAIN_AT] += 100
    series = Series(300_000 * np.arange(500, dtype=np.int64), values)
    (scored,) = backtest(LastValue().build_detector(), [series])
    (again,) = scored.points_of(Change.REALERTED)
    assert again not in scored.points_of(Change.OPEN)
    assert (
        again
        in pages(LastValue().build_detector(), [Case("noise", "noise", "", np.arange(0.0, 150_000.0, 300.0), values)])[
            0
        ]
    )


def test_progress_comes_in_parts_that_make_the_whole() -> None:
    reported: list[float] = []
    pages(LastValue().build_detector(), cases(), reported.append)
    assert len(reported) == 3
    assert sum(reported) == pytest.approx(1)
