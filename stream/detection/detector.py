"""Detector of point anomalies: values in, verdicts out."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64
from stream.detection.episodes.changes import Changes, publish
from stream.detection.episodes.verdict import Policy, Verdicts
from stream.detection.forecast.forecaster import Forecaster
from stream.detection.points.timeline import NOTE_IMPUTED
from stream.detection.scoring.batch import Batch, Needs
from stream.detection.scoring.scorer import AnomalyScorer

UNCHANGED_BY_IMPUTATION: Final = [
    *("alarm_t", "peak", "z", "week_on_since_s"),
    *("event_distance", "event_peak", "event_count", "event_weight", "event_sizes", "event_age"),
    *("tail_threshold", "tail_excess", "tail_square", "tail_rate", "tail_clusters", "tail_peak", "tail_largest"),
    *("tail_age", "tail_alerted", "tail_gap", "run", "unchanged"),
    *("moment", "moment_fast", "moment_age", "moment_high", "moment_peak"),
    *("change", "quiet_high", "quiet_peak"),
]
"""Fields of the state that imputed points leave as they were."""


class ForecastDetector:
    """Score each feature of many keys by forecast and history.

    Parameters
    ----------
    forecaster : Forecaster
    policy : Policy
    n_features : int
        Features of a point. The key of slot s has the state's slots from s * n_features on.

    Attributes
    ----------
    state : DetectorState
    n_features : int
    """

    def __init__(self, forecaster: Forecaster, policy: Policy | None = None, n_features: int = 1) -> None:
        self._policy = policy or Policy()
        self._scorer = AnomalyScorer(
            forecaster,
            warmup=self._policy.warmup,
            slow_warmup=self._policy.slow_warmup,
            max_fill=self._policy.max_fill,
            rewarm=self._policy.rewarm,
            false_alarms=self._policy.false_alarms,
            update_interval_ms=self._policy.update_interval_ms,
            level=self._policy.level,
        )
        self.n_features = n_features
        self.state = self._scorer.state

    @property
    def n_slots(self) -> int:
        """Slots of the state that a key takes."""
        return self.n_features

    def score(
        self,
        slots: Int64,
        timestamps_ms: Int64,
        values: Float64,
        delivery_lag_s: Float64 | None = None,
        is_history: Bool | None = None,
    ) -> Verdicts:
        """Score points in order; a slot may occur repeatedly.

        A key's verdicts depend on its own points alone, bit for bit, however the points are cut into calls.

        Parameters
        ----------
        slots : int64, shape (points,)
        timestamps_ms : int64, shape (points,)
            Event time since the epoch.
        values : float64, shape (points,) or (points, features)
            Finite.
        delivery_lag_s : float64, shape (points,), optional
            How long each waited for the last point of its message before both were sent.
        is_history : bool, shape (points,), optional
            Which of them page nobody.
        """
        point, feature = np.arange(len(slots)), np.zeros(len(slots), np.int64)
        if self.n_features > 1:
            point, feature = np.divmod(np.arange(values.size), self.n_features)
            slots, timestamps_ms = slots[point] * self.n_features + feature, timestamps_ms[point]
        batch = Batch(slots, timestamps_ms / 1000.0, values.ravel(), self._scorer.warmups, self.state)
        batch.treat(self.state.series_policy[slots], timestamps_ms)
        if delivery_lag_s is not None:
            batch.points["delivery_lag_s"] = delivery_lag_s[point[batch.order]]
        if is_history is not None:
            batch.points["is_history"] = is_history[point[batch.order]]
        changes = Changes(self.state)
        self._carry(batch, changes)
        level = self._policy.level if self._policy.bands else 0.0
        of_call = slots, point, feature, changes.in_order()
        return batch.verdicts(*of_call, max_fill=self._policy.max_fill, level=level)

    def _carry(self, batch: Batch, changes: Changes) -> None:
        """Carry the points of all keys to their ends, and do for a key that stops what it needs.

        The model is run when all keys that are left wait for it.
        """
        while any(waiting := self._scorer.carry(batch)):
            if waiting[Needs.TRANSFORM]:
                self._begin_anew(batch, batch.needing(Needs.TRANSFORM))
            if waiting[Needs.FILLING]:
                self._impute(batch, batch.needing(Needs.FILLING))
            if waiting[Needs.EVENT]:
                self._publish(batch, batch.needing(Needs.EVENT), changes)
            if sum(waiting) == waiting[Needs.FORECAST]:
                self._scorer.forecast(batch)

    def _begin_anew(self, batch: Batch, runs: Int64) -> None:
        """Let keys that proved to be counters, or to be none, begin anew under their transform."""
        self.state.reset_where_transform_changed(batch.runs["slot"][runs])
        batch.drop_forecasts(runs)

    def _impute(self, batch: Batch, runs: Int64) -> None:
        """Let the forecast stand in for the missing points, at even steps through the gap.

        What we made up moves the windows and the model, but is no evidence and raises no alarm.
        """
        state, slots, rows = self.state, batch.runs["slot"][runs], batch.runs["next"][runs]
        before, n_missing = state.pack(slots), batch.results["n_missing"][rows]
        step_s = (batch.points["timestamp_s"][rows] - state.timestamp_s[slots]) / (n_missing + 1)
        for n_done in range(int(n_missing.max())):
            open_ = n_missing > n_done
            filling = slots[open_]
            expected = state.forecast[filling] + state.x0[filling]
            self._scorer.score(filling, state.timestamp_s[filling] + step_s[open_], expected)
        for name in UNCHANGED_BY_IMPUTATION:
            getattr(state, name)[slots] = before[name]
        state.notes[slots] |= NOTE_IMPUTED
        batch.drop_forecasts(runs)

    def _publish(self, batch: Batch, runs: Int64, changes: Changes) -> None:
        """Note changes of episodes; restart keys whose level was learned."""
        slots, rows = batch.runs["slot"][runs], batch.runs["next"][runs]
        results = batch.results.take(rows)
        at = np.flatnonzero(results["change"])
        if len(at):
            of_records = results.take(at), batch.step_records.take(rows[at])
            bands = publish(changes, self.state, slots[at], batch.order[rows[at]], *of_records, self._policy.level)
            batch.results["lower"][rows[at]], batch.results["upper"][rows[at]] = bands
        self.state.relearn(slots[results["is_learned"]])
