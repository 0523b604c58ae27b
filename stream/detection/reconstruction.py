"""Reconstruction: windows scored by their error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.detection.arrays import Bool, Float32, Float64, Int64
from stream.detection.episodes.changes import Changes
from stream.detection.episodes.timing import CLOSES_BELOW_CUTOFF, RESOLVE_AFTER, EpisodeConfig
from stream.detection.episodes.verdict import Outcome, Policy, Verdicts
from stream.detection.forecast.windows import Scaling, WindowModel, oldest_first, window_errors
from stream.detection.scoring.arrange import Warmups
from stream.detection.scoring.batch import Batch, Needs
from stream.detection.scoring.window import FilledRows, Windows, fill
from stream.detection.state.window_state import WindowState

NO_WARMUP: Final = Warmups(np.zeros(1, np.int64), np.zeros(1, np.int64))

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
        """Number of features of a point."""
        return len(self.scaling.offset)


@dataclass(frozen=True, slots=True)
class _WindowScores:
    """Scored windows, one per row."""

    scores: Float64
    feature: Int64
    above: Bool


class ReconstructionDetector:
    """Score windows of consecutive points of many keys.

    The first window ends with point number `window` of a key, each further one `stride` points later: cut like this, a
    stored series has the same windows (`stream.detection.forecast.windows.sliding_windows`).

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
        delivery_lag_s: Float64 | None = None,
        is_history: Bool | None = None,
    ) -> Verdicts:
        """Score points in order; see `ForecastDetector.score`.

        A verdict's feature is the one with the largest error.
        """
        values = values.reshape(-1, self.n_features)
        batch = Batch(slots, timestamps_ms / 1000.0, values[:, 0], NO_WARMUP, self.state)
        batch.treat(self.state.series_policy[slots], timestamps_ms)
        if delivery_lag_s is not None:
            batch.points["delivery_lag_s"] = delivery_lag_s[batch.order]
        if is_history is not None:
            batch.points["is_history"] = is_history[batch.order]
        changes = Changes(self.state)
        feature = self._carry(batch, values[batch.order], timestamps_ms[batch.order], changes)
        return batch.verdicts(slots, np.arange(len(slots)), batch.in_order(feature), changes.in_order())

    def _carry(self, batch: Batch, values: Float64, timestamps_ms: Int64, changes: Changes) -> Int64:
        """Fill the windows of all keys, and judge those that end; gives the feature that each verdict is about."""
        state, feature = self.state, np.zeros(len(batch.points), np.int64)
        above = np.zeros(len(batch.points), np.bool_)
        hold = -(-RESOLVE_AFTER // self._autoencoder.stride)
        config = EpisodeConfig(CLOSES_BELOW_CUTOFF, hold, self._policy.update_interval_ms)
        rows = FilledRows(batch.runs, batch.points, batch.results, values, timestamps_ms, above)
        windows = Windows(state.records, state.series_policies.table, state.history, state.history_ms)
        while True:
            fill(windows, rows, batch.n_suppressed, self._autoencoder.stride, config)
            if not batch.runs["needs"].any():
                return feature
            runs = batch.needing(Needs.FORECAST)
            if len(runs):
                at, results = batch.runs["next"][runs], batch.results
                analysed = self._score_windows(batch.runs["slot"][runs])
                results["score"][at], feature[at] = analysed.scores, analysed.feature
                results["actual"][at] = values[at, analysed.feature]
                results["outcome"][at] = np.where(analysed.scores >= 1, Outcome.ANOMALOUS, Outcome.NORMAL)
                above[at] = analysed.above
            for run in batch.runs[batch.needing(Needs.EVENT)]:
                self._note(batch, int(run["next"]), int(run["slot"]), changes)

    def _score_windows(self, slots: Int64) -> _WindowScores:
        """Redraw the windows that end now."""
        newest = self.state.t[slots].astype(np.int64) - 1
        windows = self._autoencoder.scaling.scaled(oldest_first(self.state.history.take(slots, axis=0), newest))
        predicted = self._autoencoder.model.predict(windows)
        seen = windows[:, -predicted.shape[1] :]
        with np.errstate(over="ignore", invalid="ignore"):
            scores = window_errors(seen, predicted) / self._autoencoder.cutoff
            missed: Float32 = seen - predicted
            feature = np.argmax((missed * missed).sum(axis=1), axis=1)
        above = missed.sum(axis=1)[np.arange(len(slots)), feature] >= 0
        return _WindowScores(np.where(np.isfinite(scores), scores, HIGHEST_SCORE), feature, above)

    def _note(self, batch: Batch, row: int, slot: int, changes: Changes) -> None:
        """Note the change of an episode that is to be published."""
        oldest = int(self.state.t[slot]) % self._autoencoder.window
        window_start_ms = int(self.state.history_ms[slot, oldest])
        changes.note(int(batch.order[row]), slot, batch.results[row], window_start_ms=window_start_ms)
