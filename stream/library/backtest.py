"""Backtest of whole series: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack, overload

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.detection.backtest import ScoredSeries, Series
from stream.detection.backtest import backtest as run
from stream.detection.episodes.transition import Transition
from stream.events.episodes import episode_id
from stream.library.episodes import Subject, make_change, make_episode
from stream.library.inputs import Timestamps, Values, check_series, to_timestamps_ms, to_values
from stream.library.options import AnyModel, Options, Setup
from stream.library.results import STATES, Backtest, Episode
from stream.model import Bundle

Progress = Callable[[int, int], None]
"""Called with the number of points that are done, and of all."""


@overload
def backtest(
    timestamps: Mapping[str, tuple[Timestamps, Values]],
    values: None = None,
    *,
    model: AnyModel = None,
    progress: Progress = ...,
    **options: Unpack[Options],
) -> dict[str, Backtest]: ...
@overload
def backtest(
    timestamps: Timestamps,
    values: Values,
    *,
    series: str = "series",
    model: AnyModel = None,
    progress: Progress = ...,
    **options: Unpack[Options],
) -> Backtest: ...
def backtest(
    timestamps: Timestamps | Mapping[str, tuple[Timestamps, Values]],
    values: Values | None = None,
    *,
    series: str = "series",
    model: AnyModel = None,
    progress: Progress = lambda n_done, n_all: None,
    **options: Unpack[Options],
) -> Backtest | dict[str, Backtest]:
    """Score stored series as a worker would.

    Each point is scored with what was known before it, so there is nothing to fit and nothing to hold out. Many series
    at once take far less time than one after the other, and do not influence each other.

    Parameters
    ----------
    timestamps : array_like of shape (points,), or mapping of str to (timestamps, values)
        Times of one series: datetime64, datetimes, milliseconds since the epoch or ISO 8601 texts; UTC unless they say
        otherwise. Arrays, lists, and columns of pandas and polars will do. Or several series by their names.
    values : array_like, shape (points,) or (points, features)
        Numbers; NaN and None are missing values, whose state is `missing`.
    series : str
        Name of the one series, for its rules and in its episodes.
    model : Bundle, path or None
        None is the model in the package.
    progress : callable
        Called now and then with the number of points that are done, and of all.
    **options
        `warmup`, `slow_warmup`, `max_fill`, `rewarm`, `level`, `false_alarms` and `rules`: see `AnomalyScorer`.

    Returns
    -------
    Backtest or dict of str to Backtest
        One for each series.

    Raises
    ------
    TypeError, ValueError
        If times, values or options are not what they should be; the text names the place.

    Examples
    --------
    >>> import numpy as np
    >>> from stream import backtest
    >>> minutes = np.datetime64("2026-01-01") + np.arange(600) * np.timedelta64(1, "m")
    >>> values = 20.0 + np.arange(600) % 10
    >>> values[550] = 95.0
    >>> result = backtest(minutes, values)
    >>> [str(minutes[episode.first]) for episode in result.episodes]
    ['2026-01-01T09:10']
    >>> str(result.states[550]), bool(result.scores[550] > 1)
    ('anomalous', True)
    """
    if isinstance(timestamps, Mapping):
        if values is not None:
            raise TypeError("values: expected none beside a mapping of series, each (timestamps, values)")
        many = timestamps
    elif values is None:
        raise TypeError("values: expected numbers, one for each timestamp, found none")
    else:
        many = {series: (timestamps, values)}
    setup = Setup.of(model, **options)
    given = [_Given.of(name, pair, setup.bundle.metadata.features) for name, pair in many.items()]
    scorer = setup.scorer()
    scored = run(
        scorer,
        [each.series for each in given],
        series_policies=[each_slot for each in given for each_slot in setup.series_policies(each.name, scorer.n_slots)],
        progress=_Counter(sum(len(each.series.values) for each in given), progress).add,
    )
    results = (_Result(*pair, setup.bundle).backtest() for pair in zip(given, scored, strict=True))
    found = {result.series: result for result in results}
    return found if isinstance(timestamps, Mapping) else found[series]


@dataclass(frozen=True, slots=True)
class _Given:
    """A checked series: points with values, and their rows."""

    name: str
    timestamps_ms: Int64
    values: Float64
    rows: Int64

    @classmethod
    def of(cls, name: str, pair: tuple[Timestamps, Values], features: Sequence[str]) -> _Given:
        check_series(name)
        timestamps, values = pair
        try:
            timestamps_ms = to_timestamps_ms(timestamps)
            numbers, is_missing = to_values(values, len(timestamps_ms), features)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {error}") from error
        return cls(name, timestamps_ms, numbers, np.flatnonzero(~is_missing))

    @property
    def series(self) -> Series:
        return Series(self.timestamps_ms[self.rows], self.values[self.rows])


@dataclass(frozen=True, slots=True)
class _Result:
    """Verdicts on a series, to become arrays of its shape."""

    given: _Given
    verdicts: ScoredSeries
    bundle: Bundle

    def backtest(self) -> Backtest:
        states = np.full(self._shape, len(STATES) - 1)
        states[self.given.rows] = self.verdicts.outcome.reshape(-1, *self._shape[1:])
        scores = self._column(self.verdicts.score)
        return Backtest(
            series=self.given.name,
            features=self.bundle.metadata.features,
            timestamps=self.given.timestamps_ms.astype("datetime64[ms]"),
            values=self.given.values,
            actual=self._column(self.verdicts.actual),
            expected=self._column(self.verdicts.expected),
            lower=self._column(self.verdicts.lower),
            upper=self._column(self.verdicts.upper),
            scores=scores,
            states=np.array(STATES)[states],
            episodes=tuple(self._episode(transitions, scores) for transitions in self.verdicts.episodes()),
        )

    @property
    def _shape(self) -> tuple[int, ...]:
        n_points, n_kept = len(self.given.timestamps_ms), len(self.given.rows)
        n_each = len(self.verdicts.point) // n_kept if n_kept else 1
        return (n_points,) if n_each == 1 else (n_points, n_each)

    def _column(self, column: Float64) -> Float64:
        whole = np.full(self._shape, np.nan)
        whole[self.given.rows] = column.reshape(-1, *self._shape[1:])
        return whole

    def _episode(self, transitions: list[Transition], scores: Float64) -> Episode:
        feature = self._feature(transitions[0].row)
        opened = transitions[0]
        name = episode_id(self.given.name, opened.start_ms, self.bundle.sha256, feature)
        changes = [make_change(each, self._subject(each, name)) for each in transitions]
        first, last = self._point(opened.row), self._last(transitions[-1])
        of_slot = scores if scores.ndim == 1 else scores[:, int(self.verdicts.feature[opened.row])]
        return make_episode(changes, first, last, float(np.nanmax(of_slot[first : last + 1])))

    def _subject(self, transition: Transition, name: str) -> Subject:
        row, timestamps_ms = transition.row, self.given.timestamps_ms
        return Subject(
            name,
            self.given.name,
            self._feature(row),
            int(timestamps_ms[self._point(row)]),
            float(self.verdicts.actual[row]),
            int(self.verdicts.transform[row]),
        )

    def _last(self, newest: Transition) -> int:
        """Return an episode's last point, or the series' if open."""
        if newest.end_ms is None:
            return len(self.given.timestamps_ms) - 1
        until = self.given.timestamps_ms[: self._point(newest.row) + 1]
        return int(np.flatnonzero(until == newest.end_ms)[-1]) - 1

    def _point(self, row: int) -> int:
        return int(self.given.rows[self.verdicts.point[row]])

    def _feature(self, row: int) -> str | None:
        features = self.bundle.metadata.features
        return features[int(self.verdicts.feature[row])] if len(features) > 1 else None


class _Counter:
    """Add up the points that are done."""

    def __init__(self, n_all: int, progress: Progress) -> None:
        self._n_done, self._n_all, self._progress = 0, n_all, progress

    def add(self, n_points: int) -> None:
        self._n_done += n_points
        self._progress(self._n_done, self._n_all)
