"""The tally: true and false alerts by set and sensitivity, and the table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from rich.table import Table

from stream.detection.arrays import Int64
from stream.detection.backtest import PointScorer
from training.evaluation.pages import BUDGETS, score
from training.evaluation.tables import draw_table, markdown_table
from training.evaluation.telemetry.folder import Source

JOINED_OVER: Final = 10
"""Rows between two alerts of a source that still count as one."""

COLUMNS = ("set", "sensitivity", "counted", "precision", "recall", "F1", "false per 10,000 rows", "found")
N_TEXTS = 3


class AlertTally(NamedTuple):
    """Counts over sources."""

    true: int
    false: int
    found: int
    incidents: int
    rows: int

    @property
    def precision(self) -> float:
        """Share of alerts that touch an incident; NaN without an alert."""
        alerts = self.true + self.false
        return self.true / alerts if alerts else np.nan

    @property
    def recall(self) -> float:
        """Share of incidents that an alert touches."""
        return self.found / self.incidents if self.incidents else np.nan

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both > 0 else 0.0

    @property
    def false_per_10k(self) -> float:
        """False alerts in 10,000 rows."""
        return 1e4 * self.false / self.rows


def tally(sources: Sequence[Source], raised: Sequence[Sequence[Int64]]) -> AlertTally:
    """Count the alerts of the evaluated part, pooled over sources.

    Parameters
    ----------
    raised : sequence of sequence of int64, shape (alerts,)
        By source and metric, the rows at which an alert is raised.
    """
    counts = [_of_source(*each) for each in zip(sources, raised, strict=True)]
    return AlertTally(*(sum(column) for column in zip(*counts, strict=True)))


def _of_source(source: Source, raised: Iterable[Int64]) -> AlertTally:
    rows = np.unique(np.concatenate([np.zeros(0, np.int64), *raised]))
    alerts = _joined(rows[rows >= source.evaluated_from])
    incidents = source.incidents[source.incidents[:, 1] >= source.evaluated_from]
    touches = (alerts[:, None, 0] <= incidents[None, :, 1]) & (alerts[:, None, 1] >= incidents[None, :, 0])
    true, found = int(touches.any(axis=1).sum()), int(touches.any(axis=0).sum())
    n_rows = len(source.timestamps_ms) - source.evaluated_from
    return AlertTally(true, len(alerts) - true, found, len(incidents), n_rows)


def _joined(rows: Int64) -> Int64:
    """Join rows over short gaps; first and last row of each alert, shape (alerts, 2)."""
    if len(rows) == 0:
        return np.zeros((0, 2), np.int64)
    cuts = np.flatnonzero(np.diff(rows) > JOINED_OVER)
    return np.stack([rows[np.append(0, cuts + 1)], rows[np.append(cuts, len(rows) - 1)]], axis=1)


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


Results = Mapping[tuple[str, str], Counted]


def terminal(results: Results) -> Table:
    """Draw the table for a terminal."""
    return draw_table(COLUMNS, _rows(results), N_TEXTS)


def markdown(results: Results) -> str:
    """Write the table for the documentation."""
    return "\n".join(markdown_table(COLUMNS, _rows(results), N_TEXTS))


def record(results: Results) -> list[dict[str, Any]]:
    """Return every number as plain JSON."""
    return [
        {
            "set": name,
            "sensitivity": sensitivity,
            "opened": counted.opened._asdict(),
            "alarms": counted.alarms._asdict(),
        }
        for (name, sensitivity), counted in results.items()
    ]


def _rows(results: Results) -> Iterator[list[str]]:
    for (name, sensitivity), counted in results.items():
        yield [name, sensitivity, "episodes", *_cells(counted.opened)]
        yield ["", "", "alarms", *_cells(counted.alarms)]


def _cells(counts: AlertTally) -> list[str]:
    shares = (f"{each:.2f}" for each in (counts.precision, counts.recall, counts.f1))
    return [*shares, f"{counts.false_per_10k:.1f}", f"{counts.found} of {counts.incidents}"]
