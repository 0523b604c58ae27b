"""Detector of the library: one point at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.detection.episodes.transition import Change, Transition
from stream.detection.episodes.verdict import Verdicts
from stream.events.episodes import episode_id
from stream.library.episodes import Subject, make_change
from stream.library.inputs import (
    Timestamp,
    Timestamps,
    Value,
    Values,
    check_series,
    to_timestamp_ms,
    to_timestamps_ms,
    to_value,
    to_values,
)
from stream.library.options import AnyModel, Options, Setup
from stream.library.results import STATES, EpisodeChange, PointState, Score
from stream.model import Bundle


class Detector:
    """Score points of any number of series, and learn.

    A series needs no registration: it is known from its first point on. There is no fit and no separate call to learn.
    The verdicts are those of `streamgauge worker` with the same model and options, bit for bit.

    Parameters
    ----------
    model : Bundle, path or None
        None is the model in the package.

    Other Parameters
    ----------------
    warmup : int
        Points of a series before it can raise an alarm; 300 by default.
    slow_warmup : int
        The same where points are half an hour or more apart; 64 by default. Up to `warmup` they need more evidence.
    max_fill : int
        The most missing points of one gap that are imputed; 3 by default.
    rewarm : int
        Points without alarms after a longer gap; 24 by default.
    level : float
        Probability of the band, between 0 and 1; 0.99 by default.
    false_alarms : str
        How often a series may raise a false alarm, such as `1 per 7 days` or `1 per 5000 points`; `1 per 30 days` by
        default.
    rules : sequence of mappings
        What is different for some series, each with the fields of a `[[rules]]` table of the settings, such as
        `{"match": "*_total", "transform": "rate"}`. For each field the first rule that matches decides.

    Raises
    ------
    ValueError
        If an option or a rule is wrong.
    ModelError
        If the model is refused.

    Examples
    --------
    >>> from stream import Detector
    >>> detector = Detector()
    >>> for minute in range(400):
    ...     score = detector.score("host-7/cpu", 1_700_000_000_000 + 60_000 * minute, 20 + minute % 10)
    >>> score.state
    'normal'
    >>> score = detector.score("host-7/cpu", 1_700_000_000_000 + 60_000 * 400, 95)
    >>> score.state, score.score > 1, score.episode.state, score.episode.direction
    ('anomalous', True, 'open', 'above')
    """

    def __init__(self, model: AnyModel = None, **options: Unpack[Options]) -> None:
        self._setup = Setup.of(model, **options)
        self._scorer = self._setup.scorer()
        self._keys: dict[str, int] = {}
        self._free: list[int] = []
        self._episodes: dict[int, str] = {}

    def __repr__(self) -> str:
        """Name the model and count the series."""
        return f"<Detector: model {self.bundle.name} {self.bundle.version}, {len(self._keys):,} series>"

    @property
    def bundle(self) -> Bundle:
        """The model."""
        return self._setup.bundle

    @property
    def features(self) -> tuple[str, ...]:
        """Features of a point, in the model's order."""
        return self.bundle.metadata.features

    @property
    def series(self) -> tuple[str, ...]:
        """Names of the series seen so far."""
        return tuple(self._keys)

    def score(self, series: str, timestamp: Timestamp, value: Value) -> Score:
        """Score one point, then learn it.

        Parameters
        ----------
        series : str
        timestamp : datetime, datetime64, number or str
            Event time; a number is milliseconds since the epoch, a time without an offset is UTC. It must be later than
            that of the series' last point, or else the state is `late` or `duplicate`.
        value : float, or sequence or mapping of float
            Finite; one number for each feature of a model with several.

        Raises
        ------
        TypeError, ValueError
            If a part is no such thing; nothing was learned then.
        """
        check_series(series)
        timestamps_ms = np.array([to_timestamp_ms(timestamp)], np.int64)
        number = to_value(value, self.features)
        return self._score([series], timestamps_ms, number if len(number) == 1 else number[np.newaxis])[0]

    def score_many(self, series: Sequence[str], timestamps: Timestamps, values: Values) -> list[Score]:
        """Score points in order, faster than one by one.

        Parameters
        ----------
        series : sequence of str
            Of each point.
        timestamps : array_like, shape (points,)
        values : array_like, shape (points,) or (points, features)

        Raises
        ------
        TypeError, ValueError
            If a part is no such thing; the text names its index. Nothing was learned then.
        """
        for name in series:
            check_series(name)
        timestamps_ms = to_timestamps_ms(timestamps)
        if len(series) != len(timestamps_ms):
            raise ValueError(f"series: expected {len(timestamps_ms)} names, one for each time, found {len(series)}")
        numbers, is_missing = to_values(values, len(timestamps_ms), self.features)
        if is_missing.any():
            raise ValueError(
                f"values[{int(is_missing.argmax())}]: expected a number, found none: leave out such points"
            )
        return self._score(series, timestamps_ms, numbers)

    def forget(self, series: str) -> None:
        """Forget a series: its next point is its first.

        Raises
        ------
        KeyError
            If it has not been seen.
        """
        key = self._keys.pop(series)
        self._scorer.state.reset(self._slots_of(key))
        for slot in self._slots_of(key).tolist():
            self._episodes.pop(slot, None)
        self._free.append(key)

    def _slots_of(self, key: int) -> Int64:
        return key * self._scorer.n_slots + np.arange(self._scorer.n_slots)

    def _key_of(self, series: str) -> int:
        """Return a series' key; add a new one with its policy."""
        if series in self._keys:
            return self._keys[series]
        key = self._keys[series] = self._free.pop() if self._free else len(self._keys)
        state, n_slots = self._scorer.state, self._scorer.n_slots
        if (key + 1) * n_slots > state.capacity:
            state.grow(2 * (key + 1) * n_slots)
        state.set_policies(self._slots_of(key), self._setup.series_policies(series, n_slots))
        return key

    def _score(self, series: Sequence[str], timestamps_ms: Int64, values: Float64) -> list[Score]:
        keys = np.array([self._key_of(name) for name in series], np.int64)
        verdicts = self._scorer.score(keys, timestamps_ms, values)
        changes: dict[int, list[EpisodeChange]] = {}
        for transition in verdicts.transitions:
            point = int(verdicts.point[transition.row])
            change = self._change(transition, verdicts, series[point], int(timestamps_ms[point]))
            changes.setdefault(point, []).append(change)
        n_points, scores = len(keys), np.nan_to_num(verdicts.score, nan=-1.0)
        highest = scores.reshape(n_points, -1).argmax(axis=1) + np.searchsorted(verdicts.point, np.arange(n_points))
        return [self._point(verdicts, row, tuple(changes.get(point, ()))) for point, row in enumerate(highest.tolist())]

    def _point(self, verdicts: Verdicts, row: int, changes: tuple[EpisodeChange, ...]) -> Score:
        state: PointState = STATES[int(verdicts.outcome[row])]
        return Score(
            state=state,
            score=float(verdicts.score[row]),
            actual=float(verdicts.actual[row]),
            expected=float(verdicts.expected[row]),
            lower=float(verdicts.lower[row]),
            upper=float(verdicts.upper[row]),
            feature=self._feature(verdicts, row),
            changes=changes,
        )

    def _feature(self, verdicts: Verdicts, row: int) -> str | None:
        return self.features[int(verdicts.feature[row])] if len(self.features) > 1 else None

    def _change(self, transition: Transition, verdicts: Verdicts, series: str, timestamp_ms: int) -> EpisodeChange:
        """Describe a transition; keep its episode's id."""
        row, slot = transition.row, int(verdicts.slot[transition.row])
        feature = self._feature(verdicts, row)
        if transition.change in (Change.OPEN, Change.PENDING):
            self._episodes[slot] = episode_id(series, transition.start_ms, self.bundle.sha256, feature)
        name = self._episodes[slot]
        actual, transform = float(verdicts.actual[row]), int(verdicts.transform[row])
        return make_change(transition, Subject(name, series, feature, timestamp_ms, actual, transform))
