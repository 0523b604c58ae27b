"""Pages: the events that call a person, and the detector's own alarms beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.detection.backtest import PointScorer, Series, replay
from stream.detection.episodes.transition import Change
from stream.detection.policy.budget import Budget
from stream.detection.policy.policy import SeriesPolicy
from stream.settings.false_alarms import SENSITIVITIES, allowance
from training.evaluation.alarms import alarms_at

PAGING: Final = (Change.OPEN, Change.ESCALATED, Change.REALERTED, Change.DIFFERENT)
"""What calls a person: that an episode opens, gets worse, comes again or is about another fault as well."""

BUDGETS: Final = {name: SeriesPolicy(false_alarms=Budget(*allowance(text))) for name, text in SENSITIVITIES.items()}
"""The treatment of each sensitivity."""


@dataclass(frozen=True, slots=True)
class Pages:
    """What was raised on one series, as rows of its points.

    Attributes
    ----------
    pages : int64, shape (pages,)
        Points of the events in `PAGING`.
    opened : int64, shape (episodes,)
        Those of them at which an episode opens.
    alarms : int64, shape (alarms,)
        Points at which the detector raises an alarm of its own, before episodes are made of them.
    """

    pages: Int64
    opened: Int64
    alarms: Int64


def score(
    scorer: PointScorer,
    series: Sequence[Series],
    series_policies: Sequence[SeriesPolicy],
    progress: Callable[[int], None] = lambda n_points: None,
) -> list[Pages]:
    """Score series side by side, each under its treatment.

    Parameters
    ----------
    scorer : PointScorer
        New, of one feature.
    series_policies : sequence of SeriesPolicy
        One a series.
    progress : callable
        Called with the number of points that were scored since the last call.
    """
    scorer.state.grow(len(series))
    scorer.state.set_policies(np.arange(len(series)), series_policies)
    scores = [np.full(len(each.values), np.nan) for each in series]
    pages: list[list[int]] = [[] for _ in series]
    opened: list[list[int]] = [[] for _ in series]
    for chunk in replay(scorer, series):
        keys, starts = np.unique(chunk.series, return_index=True)
        parts = zip(np.split(chunk.rows, starts[1:]), np.split(chunk.verdicts.score, starts[1:]), strict=True)
        for key, (rows, published) in zip(keys.tolist(), parts, strict=True):
            scores[key][rows] = published
        for each in chunk.verdicts.transitions:
            if each.change in PAGING:
                pages[chunk.series[each.row]].append(int(chunk.rows[each.row]))
            if each.change == Change.OPEN:
                opened[chunk.series[each.row]].append(int(chunk.rows[each.row]))
        progress(len(chunk.rows))
    found = zip(pages, opened, map(_alarms, scores), strict=True)
    return [Pages(np.array(paged, np.int64), np.array(opens, np.int64), alarms) for paged, opens, alarms in found]


def _alarms(scores: Float64) -> Int64:
    rows, raised = alarms_at(scores, np.ones(1))
    alarms: Int64 = rows[raised[0]]
    return alarms
