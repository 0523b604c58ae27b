"""Backtest: score stored series as a worker would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np

from stream.detection.arrays import Float64, Int64, UInt8
from stream.detection.episodes.transition import Change, Transition
from stream.detection.episodes.verdict import Verdicts
from stream.detection.policy.policy import SeriesPolicy
from stream.detection.state.key_state import KeyState

CHUNK: Final = 200
"""Points of each series in one call, at most. The results do not depend on it: it is how often progress is reported."""

ROWS: Final = 100_000
"""Points of all series in one call, if they are so many: each takes a kilobyte while it is scored."""

COLUMNS: Final = ("slot", "feature", "outcome", "transform", "score", "actual", "expected", "lower", "upper")
"""Columns of `Verdicts` that `ScoredSeries` has as well."""


class PointScorer(Protocol):
    """Interface of a detector for points of many keys."""

    @property
    def n_slots(self) -> int:
        """Slots of the state that a key takes."""

    @property
    def state(self) -> KeyState:
        """What is remembered of every key."""

    def score(
        self, slots: Int64, timestamps_ms: Int64, values: Float64, delivery_lag_s: Float64 | None = None
    ) -> Verdicts:
        """Score points in their order."""


class Series(NamedTuple):
    """A stored series.

    Attributes
    ----------
    timestamps_ms : int64, shape (points,)
        Event time since the epoch. A point that is not later than those before it is late or a duplicate.
    values : float64, shape (points,) or (points, features)
        Finite.
    """

    timestamps_ms: Int64
    values: Float64


class Chunk(NamedTuple):
    """The verdicts on the next points of all series.

    Attributes
    ----------
    series, rows : int64, shape (points,)
        Index of the series of each point, and its row there; by series, then by row.
    verdicts : Verdicts
        Their `point` is an index into `series` and `rows`.
    """

    series: Int64
    rows: Int64
    verdicts: Verdicts


@dataclass(frozen=True, slots=True)
class ScoredSeries:
    """Verdicts on one series, in order of its points.

    A point has one verdict for each feature that is scored by itself, so that with one feature verdict i is that on
    point i. The columns are those of `Verdicts`.

    Attributes
    ----------
    slot, point, feature : int64, shape (verdicts,)
    outcome, transform : uint8, shape (verdicts,)
    score, actual, expected, lower, upper : float64, shape (verdicts,)
    transitions : list of Transition
        Their `row` is an index into the columns.
    """

    slot: Int64
    point: Int64
    feature: Int64
    outcome: UInt8
    transform: UInt8
    score: Float64
    actual: Float64
    expected: Float64
    lower: Float64
    upper: Float64
    transitions: list[Transition]

    def points_of(self, *changes: Change) -> Int64:
        """Return the points with one of these changes."""
        return self.point[[each.row for each in self.transitions if each.change in changes]]

    def episodes(self) -> list[list[Transition]]:
        """Group transitions by episode, in order of opening."""
        found: list[list[Transition]] = []
        latest: dict[int, list[Transition]] = {}
        for transition in self.transitions:
            if transition.change in (Change.PENDING, Change.PASSED):
                continue
            slot = int(self.slot[transition.row])
            if transition.change == Change.OPEN:
                latest[slot] = []
                found.append(latest[slot])
            latest[slot].append(transition)
        return found


def replay(scorer: PointScorer, series: Sequence[Series], chunk: int | None = None) -> Iterator[Chunk]:
    """Score stored series side by side, `chunk` points each.

    The verdicts on a series do not depend, to the bit, on the other series and on the size of the chunk; the more
    series there are, the less time each point takes.

    Parameters
    ----------
    scorer : PointScorer
        New; series i becomes key i.
    series : sequence of Series
    chunk : int, optional
        By default as many as fit.

    Yields
    ------
    Chunk
    """
    scorer.state.grow(len(series) * scorer.n_slots)
    lengths = np.array([len(each.values) for each in series], np.int64)
    chunk = chunk or max(1, min(CHUNK, ROWS // max(1, len(series))))
    for start in range(0, int(lengths.max(initial=0)), chunk):
        keys = np.flatnonzero(lengths > start)
        counts = np.minimum(lengths[keys] - start, chunk)
        rows = start + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        parts = [(series[key].timestamps_ms[start:end], series[key].values[start:end])
                 for key, end in zip(keys.tolist(), (start + counts).tolist(), strict=True)]  # fmt: skip
        timestamps_ms, values = (np.concatenate(column) for column in zip(*parts, strict=True))
        of_point = np.repeat(keys, counts)
        yield Chunk(of_point, rows, scorer.score(of_point, timestamps_ms, values))


def backtest(
    scorer: PointScorer,
    series: Sequence[Series],
    *,
    series_policies: Sequence[SeriesPolicy] | None = None,
    chunk: int | None = None,
    progress: Callable[[int], None] = lambda n_points: None,
) -> list[ScoredSeries]:
    """Score stored series side by side; see `replay`.

    Parameters
    ----------
    scorer : PointScorer
        New.
    series : sequence of Series
    series_policies : sequence of SeriesPolicy, optional
        What the rules decide for each slot: one a series, or one for each of its features.
    chunk : int, optional
    progress : callable
        Called with the number of points that were scored since the last call.

    Returns
    -------
    list of ScoredSeries
    """
    if series_policies is not None:
        scorer.state.grow(len(series) * scorer.n_slots)
        scorer.state.set_policies(np.arange(len(series_policies)), series_policies)
    chunks = [_empty(scorer)]
    for part in replay(scorer, series, chunk):
        chunks.append(part)
        progress(len(part.rows))
    return _by_series(chunks, len(series))


def _empty(scorer: PointScorer) -> Chunk:
    """Score nothing, to get the types of the columns."""
    none = np.zeros(0, np.int64)
    return Chunk(none, none, scorer.score(none, none, np.zeros(0)))


def _by_series(chunks: Sequence[Chunk], n_series: int) -> list[ScoredSeries]:
    """Sort the verdicts of all chunks by series."""
    owner = np.concatenate([chunk.series[chunk.verdicts.point] for chunk in chunks])
    order = np.argsort(owner, kind="stable")
    ends = np.cumsum(np.bincount(owner, minlength=n_series))
    columns = {
        "point": np.concatenate([chunk.rows[chunk.verdicts.point] for chunk in chunks]),
        **{name: np.concatenate([getattr(chunk.verdicts, name) for chunk in chunks]) for name in COLUMNS},
    }
    split = {name: np.split(column[order], ends[:-1]) for name, column in columns.items()}
    transitions = _transitions(chunks, owner, order, ends)
    return [
        ScoredSeries(**{name: column[i] for name, column in split.items()}, transitions=transitions[i])
        for i in range(n_series)
    ]


def _transitions(chunks: Sequence[Chunk], owner: Int64, order: Int64, ends: Int64) -> list[list[Transition]]:
    """Sort transitions by series, rows relative to each."""
    found: list[list[Transition]] = [[] for _ in ends]
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    first = 0
    for chunk in chunks:
        for transition in chunk.verdicts.transitions:
            row = first + transition.row
            i = int(owner[row])
            start = int(ends[i - 1]) if i else 0
            found[i].append(transition._replace(row=int(place[row]) - start))
        first += len(chunk.verdicts.point)
    return found
