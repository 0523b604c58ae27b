"""Lanes: NAB's files side by side through one detector, each a key of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.detection.backtest import PointScorer, ScoredSeries, Series, backtest
from stream.detection.episodes.transition import Change
from stream.events.episodes import Severity, severity_name
from training.evaluation.nab.corpus import File
from training.evaluation.pages import PAGING


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """The product's score of each row of a file."""

    score: Float64
    expected: Float64
    lower: Float64
    upper: Float64
    """Shape (rows,). As published; NaN where there is none: the row was dropped for its time, the key was warming up,
    or, of the band, none was asked for."""
    opened: Int64
    closed: Int64
    """Shape (episodes,). Rows at which episodes begin, and at which each was back inside for good;
    one that is open at the end ends with the last row."""
    severities: tuple[Severity, ...]
    """The highest published severity of each episode."""
    paged: Int64
    """Shape (pages,). Rows of the events that call a person: `training.evaluation.pages.PAGING`."""

    @classmethod
    def of(
        cls,
        file: File,
        columns: Float64,
        *,
        opened: Sequence[int],
        ended_ms: Sequence[int],
        severities: Sequence[Severity],
        paged: Sequence[int],
    ) -> ScoredFile:
        """Put the scores of a file together.

        Parameters
        ----------
        columns : float64, shape (4, rows)
            Score, expected, lower, upper.
        opened : sequence of int
            Rows.
        ended_ms : sequence of int
            Event times at which all episodes, or all but the last, were back inside.
        severities : sequence of str
            The highest published severity of each episode.
        paged : sequence of int
            Rows of the events that call a person.
        """
        score, expected, lower, upper = columns
        fresh = fresh_rows(file)
        closed = fresh[np.searchsorted(file.timestamps_ms[fresh], np.array(ended_ms, np.int64))].tolist()
        if len(closed) < len(opened):
            closed.append(file.n_rows - 1)
        from_rows, to_rows, paged_rows = (np.array(each, np.int64) for each in (opened, closed, paged))
        return cls(score, expected, lower, upper, from_rows, to_rows, tuple(severities), paged_rows)


def fresh_rows(file: File) -> Int64:
    """Return the rows that are later than every row before them.

    Others are dropped and counted.
    """
    newest = np.maximum.accumulate(np.concatenate([[-1], file.timestamps_ms]))[:-1]
    return np.flatnonzero(file.timestamps_ms > newest)


def score_files(scorer: PointScorer, files: Sequence[File], progress: Callable[[int], None]) -> list[ScoredFile]:
    """Score every row of every file, as a worker scores each series.

    Parameters
    ----------
    scorer : PointScorer
        Of one feature, new.
    progress : callable
        Called now and then with the number of rows that were scored since.
    """
    scored = backtest(scorer, [Series(file.timestamps_ms, file.values) for file in files], progress=progress)
    return [_scored_file(file, found) for file, found in zip(files, scored, strict=True)]


def _scored_file(file: File, found: ScoredSeries) -> ScoredFile:
    columns = np.stack([found.score, found.expected, found.lower, found.upper])
    episodes = found.episodes()
    return ScoredFile.of(
        file,
        columns,
        opened=found.points_of(Change.OPEN).tolist(),
        ended_ms=[events[-1].end_ms for events in episodes if events[-1].end_ms is not None],
        severities=[severity_name(events[-1].peak_severity) for events in episodes],
        paged=found.points_of(*PAGING).tolist(),
    )
