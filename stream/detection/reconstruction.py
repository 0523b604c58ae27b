"""Reconstruction: windows that a model redraws, judged by how far it misses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.detection.batch_pass import ENDS, Run, rounds
from stream.detection.episodes import episode
from stream.detection.episodes.comparison import Kind
from stream.detection.episodes.episode import CLOSES_BELOW_CUTOFF, HOLD, Seen, Terms
from stream.detection.episodes.severity import severity_of_score
from stream.detection.episodes.suppression import other_side
from stream.detection.episodes.transition import Change, Held
from stream.detection.episodes.verdict import Outcome, Policy, Verdicts
from stream.detection.forecast.windows import Scaling, WindowModel, oldest_first, window_errors
from stream.detection.points import timeline
from stream.detection.state.layout import Bool, Float32, Float64, Int64
from stream.detection.state.window_state import WindowState

HIGHEST_SCORE: Final = 1e6
"""Score of a window whose reconstruction is no finite number."""


@dataclass(frozen=True, slots=True)
class Autoencoder:
    """A reconstruction model and what belongs to it.

    Attributes
    ----------
    model : WindowModel
    scaling : Scaling
    window, stride : int
        Points of a window, and from the end of one that is judged to the end of the next.
    cutoff : float
        Window error, in scaled units, that scores 1.
    fingerprint : int
        Of window and features, so that another model's windows are not taken for ours.
    """

    model: WindowModel
    scaling: Scaling
    window: int
    stride: int
    cutoff: float
    fingerprint: int = 0

    @property
    def n_features(self) -> int:
        """Features of a point."""
        return len(self.scaling.offset)


class ReconstructionGauge:
    """Score windows of many keys; a window is so many consecutive points, whatever lies between their times.

    The first window ends with point number `window` of a key, each further one `stride` points later: cut like this, a
    stored series has the same windows (`stream.detection.forecast.windows.cut`).

    Parameters
    ----------
    autoencoder : Autoencoder
    policy : Policy
        Of it, only the interval of updates: the cut-off stands for the warm-up.

    Attributes
    ----------
    state : WindowState
    n_features : int
    """

    n_slots = 1

    def __init__(self, autoencoder: Autoencoder, policy: Policy | None = None) -> None:
        self._autoencoder = autoencoder
        self._policy = policy or Policy()
        self.n_features = autoencoder.n_features
        self.state = WindowState(1024, autoencoder.window, self.n_features, autoencoder.fingerprint)

    def score(
        self,
        slots: Int64,
        timestamps_ms: Int64,
        values: Float64,
        waited_s: Float64 | None = None,
        is_history: Bool | None = None,
    ) -> Verdicts:
        """Score points in their order; see `Gauge.score`. A verdict's feature is the one that was missed most."""
        run = _WindowRun(
            self._autoencoder, self._policy, self.state, slots, timestamps_ms, values, waited_s, is_history
        )
        for rows in rounds(slots):
            run.round(rows)
        return run.verdicts(np.arange(len(slots)), run.feature)


@dataclass(frozen=True, slots=True)
class _Judged:
    """Windows that have been judged, a row each."""

    scores: Float64
    feature: Int64
    above: Bool


class _WindowRun(Run):
    """A run whose points fill windows."""

    def __init__(
        self,
        autoencoder: Autoencoder,
        policy: Policy,
        state: WindowState,
        slots: Int64,
        timestamps_ms: Int64,
        values: Float64,
        waited_s: Float64 | None,
        is_history: Bool | None,
    ) -> None:
        terms = Terms(CLOSES_BELOW_CUTOFF, -(-HOLD // autoencoder.stride), policy.update_interval_ms)
        self._values = values.reshape(-1, autoencoder.n_features)
        super().__init__(state, slots, timestamps_ms, self._values[:, 0].copy(), waited_s, is_history, terms)
        self._autoencoder, self._policy, self._state = autoencoder, policy, state
        self.feature = np.zeros(len(slots), np.int64)

    def round(self, rows: Int64) -> None:
        rows = self.in_order(rows)
        if len(rows) == 0:
            return
        n_seen = self._remember(rows)
        window, stride = self._autoencoder.window, self._autoencoder.stride
        self.outcome[rows] = Outcome.FILLING
        ends = rows[(n_seen >= window) & ((n_seen - window) % stride == 0)]
        if len(ends):
            self._note(ends, self._judge(self.slots[ends]))

    def _remember(self, rows: Int64) -> Int64:
        """Put the points into the windows of their keys; gives how many points each key has shown."""
        state, slots, timestamps_s = self._state, self.slots[rows], self.timestamps_ms[rows] / 1000.0
        t = state.t[slots].astype(np.int64)
        state.timestamp_s[slots[t == 0]] = timestamps_s[t == 0]
        self.n_gaps += timeline.find_gaps(state, slots, timestamps_s, self._policy.max_fill).n_gaps
        timeline.learn_regularity(state, slots, timestamps_s, self.waited_s[rows])
        gap_s = (timestamps_s - state.timestamp_s[slots]).astype(np.float32)
        moved_s = timeline.moved_interval(state.interval_s[slots], gap_s)
        state.interval_s[slots] = np.where(t > timeline.FIRST_GAP, moved_s, gap_s)
        at = t % self._autoencoder.window
        state.history[slots, at], state.history_ms[slots, at] = self._values[rows], self.timestamps_ms[rows]
        state.timestamp_s[slots], state.t[slots] = timestamps_s, t + 1
        return t + 1

    def _judge(self, slots: Int64) -> _Judged:
        """Redraw the windows that end now."""
        newest = self._state.t[slots].astype(np.int64) - 1
        windows = self._autoencoder.scaling.scaled(oldest_first(self._state.history.take(slots, axis=0), newest))
        predicted = self._autoencoder.model.predict(windows)
        seen = windows[:, -predicted.shape[1] :]
        with np.errstate(over="ignore", invalid="ignore"):
            scores = window_errors(seen, predicted) / self._autoencoder.cutoff
            missed: Float32 = seen - predicted
            feature = np.argmax((missed * missed).sum(axis=1), axis=1)
        above = missed.sum(axis=1)[np.arange(len(slots)), feature] >= 0
        return _Judged(np.where(np.isfinite(scores), scores, HIGHEST_SCORE), feature, above)

    def _note(self, rows: Int64, judged: _Judged) -> None:
        slots, alarms = self.slots[rows], judged.scores >= 1
        self.score[rows], self.feature[rows] = judged.scores, judged.feature
        self.actual[rows] = self._values[rows, judged.feature]
        self.outcome[rows] = np.where(alarms, Outcome.ANOMALOUS, Outcome.NORMAL)
        at = episode.moving(self._state, slots, alarms, judged.scores)
        if len(at):
            self._move_episodes(rows[at], judged.scores[at], alarms[at], judged.above[at])
        self._state.notes[slots] &= timeline.LASTING_NOTES

    def _move_episodes(self, rows: Int64, scores: Float64, alarms: Bool, above: Bool) -> None:
        slots = self.slots[rows]
        held = np.where(other_side(self._state, slots, above), Held.DIRECTION, Held.NONE).astype(np.uint8)
        kinds, severities = np.where(above, Kind.ABOVE, Kind.BELOW).astype(np.uint8), severity_of_score(scores)
        no = np.zeros(len(rows), np.bool_)
        seen = Seen(slots, self.timestamps_ms[rows], scores, alarms, above, kinds, held, severities, no, no, no)
        changes = self.advance(seen)
        for at in map(int, np.flatnonzero(changes)):
            oldest = int(self._state.t[slots[at]]) % self._autoencoder.window
            start_ms = int(self._state.history_ms[slots[at], oldest])
            self.note_transition(
                int(rows[at]),
                Change(changes[at]),
                float(scores[at]),
                window_start_ms=start_ms,
                severity=int(severities[at]),
            )
        episode.forget(self._state, slots[np.isin(changes, ENDS)])
