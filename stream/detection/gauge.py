"""The gauge: points of many keys in, one verdict a value out. Everything between a decoded point and an event."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection import budget, episode, facts, tendency, timeline, tolerance, transform
from stream.detection.detector import Detector
from stream.detection.episode import CLOSES_BELOW, HOLD, Seen, Terms
from stream.detection.forecast import Forecaster
from stream.detection.record import Bool, Float64, Int64, UInt8
from stream.detection.run import Run, rounds
from stream.detection.scores import Scores
from stream.detection.transition import Change
from stream.detection.treatment import Transform
from stream.detection.verdict import Outcome, Policy, Verdicts

EVIDENCE_KEPT: Final = (
    *("alarm_t", "peak", "z", "week_on_since_s"),
    *("event_distance", "event_peak", "event_count", "event_weight", "event_sizes", "event_age"),
    *("tail_threshold", "tail_excess", "tail_square", "tail_rate", "tail_clusters", "tail_peak", "tail_largest"),
    *("tail_age", "tail_alerted", "tail_gap", "run", "unchanged"),
    *("moment", "moment_fast", "moment_age", "moment_high", "moment_peak"),
    *("change", "quiet_high", "quiet_peak"),
)
"""Fields of the state that imputed points leave as they were."""


class Gauge:
    """Score points of many keys with one detector, each feature by itself.

    Parameters
    ----------
    forecaster : Forecaster
    policy : Policy
    n_features : int
        Features of a point. The key of slot s has the state's slots from s * n_features on.

    Attributes
    ----------
    state : State
    n_features : int
    """

    def __init__(self, forecaster: Forecaster, policy: Policy | None = None, n_features: int = 1) -> None:
        self._policy = policy or Policy()
        self._detector = Detector(forecaster, warmup=self._policy.warmup)
        self.n_features = n_features
        self.state = self._detector.state

    @property
    def n_slots(self) -> int:
        """Slots of the state that a key takes."""
        return self.n_features

    def score(
        self,
        slots: Int64,
        timestamps_ms: Int64,
        values: Float64,
        waited_s: Float64 | None = None,
        is_history: Bool | None = None,
    ) -> Verdicts:
        """Score points in their order; a slot may occur many times.

        A key's verdicts depend on its own points alone, bit for bit, however the points are cut into calls.

        Parameters
        ----------
        slots : int64, shape (points,)
        timestamps_ms : int64, shape (points,)
            Event time since the epoch.
        values : float64, shape (points,) or (points, features)
            Finite.
        waited_s : float64, shape (points,), optional
            How long each waited for the last point of its message before both were sent.
        is_history : bool, shape (points,), optional
            Which of them page nobody.
        """
        n = self.n_features
        point, feature = np.divmod(np.arange(len(slots) * n), n)
        waited_s = None if waited_s is None else waited_s[point]
        is_history = None if is_history is None else is_history[point]
        run = _EvidenceRun(
            self._detector,
            self._policy,
            slots[point] * n + feature,
            timestamps_ms[point],
            values.ravel(),
            waited_s,
            is_history,
        )
        for rows in rounds(run.slots):
            run.round(rows)
        return run.verdicts(point, feature)


class _EvidenceRun(Run):
    """A run whose values are weighed by the detector."""

    def __init__(
        self,
        detector: Detector,
        policy: Policy,
        slots: Int64,
        timestamps_ms: Int64,
        values: Float64,
        waited_s: Float64 | None,
        is_history: Bool | None,
    ) -> None:
        terms = Terms(CLOSES_BELOW, HOLD, policy.update_interval_ms)
        super().__init__(detector.state, slots, timestamps_ms, values, waited_s, is_history, terms)
        self._detector, self._policy, self._state = detector, policy, detector.state
        self._transforms = bool(detector.state.treatments.transform.any())
        self._judged = values
        if self._transforms:
            self.actual, self._judged = values.copy(), values.copy()

    def round(self, rows: Int64) -> None:
        rows = self.in_order(rows)
        if self._transforms:
            rows = self._transform(rows)
        if len(rows) == 0:
            return
        slots, timestamps_s = self.slots[rows], self.timestamps_ms[rows] / 1000.0
        self._close_gaps(slots, timestamps_s)
        timeline.learn_regularity(self._state, slots, timestamps_s, self.waited_s[rows])
        tendency.learn(self._state, slots, self._judged[rows])
        scores = self._detector.score(slots, timestamps_s, self._judged[rows], self._budgets(slots))
        self._note(rows, slots, scores)

    def _budgets(self, slots: Int64) -> Float64:
        """Give the points for which each series may alarm once for nothing."""
        treatments, row, default = self._state.treatments, self._state.treatment[slots], self._policy.false_alarms
        period_s, points = treatments.false_alarm_s[row], treatments.false_alarm_points[row]
        is_left = np.isnan(period_s) & np.isnan(points)
        period_s, points = np.where(is_left, default.period_s, period_s), np.where(is_left, default.points, points)
        return budget.in_points(period_s, points, self._state.interval_s[slots])

    def _transform(self, rows: Int64) -> Int64:
        """Put what is judged in the place of the values, and give the rows where there is something to judge."""
        slots = self.slots[rows]
        judged = transform.apply(self._state, slots, self.timestamps_ms[rows] / 1000.0, self._judged[rows])
        self._judged[rows] = np.where(judged.usable, judged.values, np.nan)
        self.transform[rows] = self._state.transform[slots]
        is_rate = self.transform[rows] == Transform.RATE
        self.actual[rows[is_rate]] = self._judged[rows[is_rate]]
        self.outcome[rows[judged.reset]] = Outcome.RESET
        self._state.notes[slots[judged.reset]] |= timeline.NOTE_RESET
        return rows[judged.usable]

    def _close_gaps(self, slots: Int64, timestamps_s: Float64) -> None:
        gaps = timeline.find_gaps(self._state, slots, timestamps_s, self._policy.max_fill)
        if gaps.n_gaps == 0:
            return
        self.n_gaps += gaps.n_gaps
        long = slots[(gaps.n_missing > 0) & ~gaps.fillable]
        self._state.warm_until[long] = self._state.t[long] + self._policy.rewarm
        self._impute(slots[gaps.fillable], timestamps_s[gaps.fillable], gaps.n_missing[gaps.fillable])

    def _impute(self, slots: Int64, timestamps_s: Float64, n_missing: Int64) -> None:
        """Let the forecast stand in for the missing points, at even steps through the hole.

        What we made up moves the windows and the model, but is no evidence and raises no alarm.
        """
        state = self._state
        evidence = {name: getattr(state, name)[slots] for name in EVIDENCE_KEPT}
        step_s = (timestamps_s - state.timestamp_s[slots]) / (n_missing + 1)
        for n_done in range(int(n_missing.max(initial=0))):
            open_ = n_missing > n_done
            filling = slots[open_]
            expected = state.forecast[filling] + state.x0[filling]
            self._detector.score(filling, state.timestamp_s[filling] + step_s[open_], expected)
            self.n_imputed += len(filling)
        for name, before in evidence.items():
            getattr(state, name)[slots] = before
        state.notes[slots] |= timeline.NOTE_IMPUTED

    def _note(self, rows: Int64, slots: Int64, scores: Scores) -> None:
        warming = scores.warming | (self._state.t[slots] <= self._state.warm_until[slots])
        self.expected[rows] = self._said(slots, scores.expected)
        self.score[rows] = np.where(warming, np.nan, scores.score)
        if self._policy.bands:
            self._draw_band(rows, scores, np.arange(len(rows)))
        self._move_episodes(rows, slots, scores, warming)
        outside = (self._state.episode_start_ms[slots] > 0) & (self._state.episode_calm[slots] == 0)
        known = np.where(outside | (scores.score >= 1), Outcome.ANOMALOUS, Outcome.NORMAL)
        self.outcome[rows] = np.where(warming, Outcome.WARMING, known)
        unlearned = scores.absurd | ((self._state.notes[slots] & timeline.NOTE_MAINTENANCE) > 0)
        self._state.outliers[slots[unlearned]] = 1
        self._state.notes[slots] &= timeline.LASTING_NOTES

    def _move_episodes(self, rows: Int64, slots: Int64, scores: Scores, warming: Bool) -> None:
        """Move the episodes of the keys that have one to move; of a key that warms up again nothing is known."""
        at = episode.moving(self._state, slots, scores.alarm)
        at = at[~warming[at]]
        if len(at) == 0:
            return
        moved, chosen = slots[at], rows[at]
        now, actual, expected = self.timestamps_ms[chosen], self.actual[chosen], self.expected[chosen]
        deviations = tolerance.deviation(self._state, moved, now / 1000.0, actual, expected, scores, at)
        held = tolerance.held_back(self._state, moved, deviations, expected)
        seen = Seen(moved, now, scores.score[at], scores.alarm[at], deviations >= 0, held)
        changes = self.advance(seen)
        told = changes > Change.NONE
        if told.any():
            self._tell(rows, scores, at[told], changes[told])
            episode.forget(self._state, moved[changes == Change.CLOSE])

    def _tell(self, rows: Int64, scores: Scores, told: Int64, changes: UInt8) -> None:
        """Note the changes of these rows' episodes, each with what is known about it."""
        self._draw_band(rows, scores, told)
        all_shares = scores.shares(told).tolist()
        for at, change, shares in zip(told.tolist(), changes.tolist(), all_shares, strict=True):
            row = int(rows[at])
            known = facts.gather(self._state, int(self.slots[row]), self.timestamps_ms[row] / 1000.0, scores, at)
            self.note_transition(row, Change(change), float(scores.score[at]), tuple(shares), known)

    def _draw_band(self, rows: Int64, scores: Scores, chosen: Int64) -> None:
        slots = self.slots[rows[chosen]]
        for column, bound in zip((self.lower, self.upper), scores.band(self._policy.level, chosen), strict=True):
            column[rows[chosen]] = self._said(slots, bound)

    def _said(self, slots: Int64, values: Float64) -> Float64:
        """Say what the detector forecast in the user's unit."""
        return transform.undo(self._state, slots, values) if self._transforms else values
