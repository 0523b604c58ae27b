"""Pages: the events that call a person, and the detector's own alarms beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64, Records
from stream.detection.backtest import PointScorer, Series, replay
from stream.detection.compiler.entry_point import entry_point
from stream.detection.episodes.transition import Change
from stream.detection.evidence.alarm import alarm
from stream.detection.policy.budget import Budget
from stream.detection.policy.policy import SeriesPolicy
from stream.settings.values import SENSITIVITIES, allowance

THRESHOLDS: Final = np.exp(np.arange(-160, 161) / 100)
"""From 0.2 to 5, each 1 % above the one before; the boundary, 1.0, stands in the middle."""

BOUNDARY: Final = 160
"""Its place among them."""

MEMORY: Final = np.dtype([("alarm_t", "u4"), ("peak", "f4")])
"""What the rule remembers of one threshold."""

PAGING: Final = (Change.OPEN, Change.ESCALATED, Change.REALERTED, Change.DIFFERENT)
"""What calls a person: that an episode opens, gets worse, comes again or is about another fault as well."""

BUDGETS: Final = {name: SeriesPolicy(false_alarms=Budget(*allowance(text))) for name, text in SENSITIVITIES.items()}
"""The treatment of each sensitivity."""


def alarms_at(scores: Float64, thresholds: Float64 = THRESHOLDS) -> tuple[Int64, Bool]:
    """Return which records raise an alarm at each threshold.

    A threshold is the same as dividing every score by it.

    Parameters
    ----------
    scores : float64, shape (rows,)
        As published, in the order of the series; NaN where a record was dropped or the key was warming up.
    thresholds : float64, shape (thresholds,)

    Returns
    -------
    rows : int64, shape (candidates,)
        Rows whose score reaches the lowest threshold.
    alarms : bool, shape (thresholds, candidates)
    """
    rows = np.flatnonzero(scores >= thresholds.min())
    alarms = np.zeros((len(thresholds), len(rows)), np.bool_)
    _raise(np.zeros(len(thresholds), MEMORY), rows, scores[rows], thresholds, alarms)
    return rows, alarms


@entry_point
def _raise(memories: Records, rows: Int64, scores: Float64, thresholds: Float64, alarms: Bool) -> None:
    """Fill in the alarms of rows in their order, with a memory for each threshold."""
    for at in range(len(rows)):
        for place in range(len(thresholds)):
            alarms[place, at] = alarm(memories[place], rows[at], scores[at] / thresholds[place])


@dataclass(frozen=True, slots=True)
class Pages:
    """What was raised on one series, as rows of its points."""

    pages: Int64
    """Shape (pages,). Points of the events in `PAGING`."""
    opened: Int64
    """Shape (episodes,). Those of them at which an episode opens."""
    alarms: Int64
    """Shape (alarms,). Points at which the detector raises an alarm of its own, before episodes are made of them."""


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
