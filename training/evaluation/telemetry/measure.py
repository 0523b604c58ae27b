"""Measuring: every metric of labelled telemetry as a series of its own, under each sensitivity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from stream.detection.arrays import Int64
from stream.detection.backtest import PointScorer
from training.evaluation.pages import BUDGETS, score
from training.evaluation.telemetry.folder import Source
from training.evaluation.telemetry.tally import AlertTally, tally


class Counted(NamedTuple):
    """What was counted of one set under one sensitivity."""

    opened: AlertTally
    """By the episodes that open: what a person gets."""
    alarms: AlertTally
    """By the detector's own alarms, before episodes are made of them."""


def n_points(sets: Mapping[str, Sequence[Source]]) -> int:
    """Count the points that will be scored."""
    return len(BUDGETS) * sum(source.values.size for sources in sets.values() for source in sources)


def measure(
    new_scorer: Callable[[], PointScorer],
    sets: Mapping[str, Sequence[Source]],
    progress: Callable[[int], None] = lambda n_points: None,
) -> dict[tuple[str, str], Counted]:
    """Score all sets and count, by set and sensitivity.

    Parameters
    ----------
    new_scorer : callable
        Makes a new detector of one feature.
    progress : callable
        Called with the number of points that were scored since the last call.
    """
    return {
        (name, sensitivity): counted
        for name, sources in sets.items()
        for sensitivity, counted in _of_set(new_scorer(), sources, progress).items()
    }


def _of_set(scorer: PointScorer, sources: Sequence[Source], progress: Callable[[int], None]) -> dict[str, Counted]:
    metrics = [(at, rows, series) for at, source in enumerate(sources) for rows, series in source.metrics()]
    series_policies = [series_policy for series_policy in BUDGETS.values() for _ in metrics]
    found = score(scorer, [series for _, _, series in metrics] * len(BUDGETS), series_policies, progress)
    counted = {}
    for number, name in enumerate(BUDGETS):
        opened: list[list[Int64]] = [[] for _ in sources]
        alarms: list[list[Int64]] = [[] for _ in sources]
        for (at, rows, _), each in zip(metrics, found[number * len(metrics) :], strict=False):
            opened[at].append(rows[each.opened])
            alarms[at].append(rows[each.alarms])
        counted[name] = Counted(tally(sources, opened), tally(sources, alarms))
    return counted
