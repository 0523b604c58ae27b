"""The gauge: points of many keys in, one verdict a value out. Everything between a decoded point and an event."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.batch_pass import ENDS, Run, rounds
from stream.detection.episodes import episode, facts, recollection, severity, suppression
from stream.detection.episodes.comparison import Comparison, Kind, clipped, compare
from stream.detection.episodes.episode import CLOSES_BELOW, HOLD, Seen, Terms
from stream.detection.episodes.transition import Change
from stream.detection.episodes.verdict import Outcome, Policy, Verdicts
from stream.detection.forecast.forecaster import Forecaster
from stream.detection.points import counters, timeline, transform
from stream.detection.scoring.scorer import Detector
from stream.detection.scoring.scores import Scores
from stream.detection.state import budget
from stream.detection.state.layout import Bool, Float64, Int64, UInt8
from stream.detection.state.phase import Phase
from stream.detection.state.policy import Transform

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
        self._detector = Detector(forecaster, warmup=self._policy.warmup, slow_warmup=self._policy.slow_warmup)
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
        self.actual, self._judged = values.copy(), values.copy()

    def round(self, rows: Int64) -> None:
        rows = self.in_order(rows)
        if len(rows) == 0:
            return
        self._state.begin_anew_where_transform_differs(
            counters.decide(self._state, self.slots[rows], self._judged[rows])
        )
        if self._state.transform[self.slots[rows]].any():
            rows = self._transform(rows)
        if len(rows) == 0:
            return
        slots, timestamps_s = self.slots[rows], self.timestamps_ms[rows] / 1000.0
        self._close_gaps(slots, timestamps_s)
        timeline.learn_regularity(self._state, slots, timestamps_s, self.waited_s[rows])
        counters.learn(self._state, slots, self._judged[rows])
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
        state = self._state
        warming = scores.warming | (state.t[slots] <= state.warm_until[slots])
        self.expected[rows] = self._said(slots, scores.expected)
        self.score[rows] = np.where(warming, np.nan, scores.score)
        if self._policy.bands:
            self._draw_band(rows, scores, np.arange(len(rows)))
        self._move_episodes(rows, slots, scores, warming)
        recollection.keep_calm_range(state, slots, warming | (scores.score < CLOSES_BELOW))
        self.outcome[rows] = self._outcomes(slots, scores.score, warming)
        unlearned = scores.absurd | ((state.notes[slots] & timeline.NOTE_MAINTENANCE) > 0)
        state.outliers[slots[unlearned]] = 1
        state.notes[slots] &= timeline.LASTING_NOTES

    def _outcomes(self, slots: Int64, scores: Float64, warming: Bool) -> UInt8:
        state = self._state
        active = (state.episode_phase[slots] == Phase.OPEN) & (state.episode_calm[slots] == 0)
        outcomes = np.where(active | (scores >= 1), Outcome.ANOMALOUS, Outcome.NORMAL)
        outcomes[(state.episode_held[slots] > 0) & (scores >= 1)] = Outcome.SUPPRESSED
        outcomes[warming] = Outcome.WARMING
        return outcomes.astype(np.uint8)

    def _move_episodes(self, rows: Int64, slots: Int64, scores: Scores, warming: Bool) -> None:
        """Move the episodes of the keys that have one to move; of a key that warms up again nothing is known."""
        at = episode.moving(self._state, slots, scores.alarm, scores.score)
        at = at[~warming[at]]
        if len(at) == 0:
            return
        seen, was_held = self._seen(rows, slots, scores, at), self._state.episode_held[slots[at]] > 0
        changes = self.advance(seen)
        is_held = self._state.episode_held[slots[at]] > 0
        refused = np.flatnonzero(is_held & ~was_held)
        if len(refused):
            compared = self._compare(rows, scores, at[refused])
            recollection.remember(self._state, seen.slots[refused], compared, np.ones(len(refused), np.bool_))
        recollection.restore_scale(self._state, seen.slots[was_held & ~is_held & (changes == Change.NONE)])
        published = np.flatnonzero(changes)
        if len(published):
            self._publish(rows, scores, at[published], changes[published], seen.severities[published])
            ended = seen.slots[np.isin(changes, ENDS)]
            recollection.restore_scale(self._state, ended)
            episode.forget(self._state, ended)

    def _seen(self, rows: Int64, slots: Int64, scores: Scores, at: Int64) -> Seen:
        """Say what moves the episodes of these rows; only what is at the boundary is compared with anything."""
        state, moved, chosen = self._state, slots[at], rows[at]
        now_ms, score = self.timestamps_ms[chosen], scores.score[at]
        kinds, held = state.episode_kind[moved], np.zeros(len(at), np.uint8)
        severities, above = np.zeros(len(at), np.uint8), state.episode_direction[moved] > 0
        near = np.flatnonzero((score >= 1) | (state.episode_phase[moved] == Phase.PENDING))
        if len(near):
            compared = self._compare(rows, scores, at[near])
            kinds[near], above[near] = compared.kinds, compared.deviations >= 0
            severities[near] = self._severities(moved[near], now_ms[near], score[near], compared)
            held[near] = suppression.suppressed(
                state, moved[near], compared.deviations >= 0, compared.largest, compared.expected
            )
        place = recollection.place(state, moved, now_ms / 1000.0, self._judged[chosen])
        return Seen(moved, now_ms, score, scores.alarm[at], above, kinds, held, severities, *place)

    def _compare(self, rows: Int64, scores: Scores, at: Int64) -> Comparison:
        chosen = rows[at]
        slots, timestamps_s = self.slots[chosen], self.timestamps_ms[chosen] / 1000.0
        return compare(self._state, slots, timestamps_s, self._judged[chosen], scores, at, self._policy.level)

    def _severities(self, slots: Int64, now_ms: Int64, scores: Float64, compared: Comparison) -> UInt8:
        stuck = compared.kinds == Kind.STUCK
        usual = transform.undo(self._state, slots, compared.reference)
        size = severity.size_points(compared.largest, compared.widths, usual, stuck)
        is_open = self._state.episode_phase[slots] == Phase.OPEN
        lasted_ms = np.where(is_open, now_ms - self._state.episode_start_ms[slots], 0)
        return severity.severities(size, scores, lasted_ms, 1000.0 * self._state.interval_s[slots].astype(np.float64))

    def _publish(self, rows: Int64, scores: Scores, at: Int64, changes: UInt8, severities: UInt8) -> None:
        """Note the changes of these rows' episodes, each with what alarmed."""
        compared = self._compare(rows, scores, at)
        slots, ends = self.slots[rows[at]], np.isin(changes, ENDS)
        self._draw_band(rows, scores, at)
        waited = (changes == Change.OPEN) & (self._state.episode_start_ms[slots] < self.timestamps_ms[rows[at]])
        begins = np.isin(changes, (Change.OPEN, Change.PENDING, Change.DIFFERENT)) & ~waited
        recollection.remember(self._state, slots, compared, begins)
        compared = recollection.against(self._state, slots, compared, waited & (scores.score[at] < 1))
        all_shares = scores.shares(at).tolist()
        for n, (place, shares) in enumerate(zip(at.tolist(), all_shares, strict=True)):
            row = int(rows[place])
            known = facts.gather(
                self._state, int(slots[n]), self.timestamps_ms[row] / 1000.0, scores, place, compared, n
            )
            bounds = (self.expected, self.lower, self.upper) if ends[n] else compared[2:5]
            where = row if ends[n] else n
            self.note_transition(
                row,
                Change(changes[n]),
                float(scores.score[place]),
                tuple(shares),
                known,
                severity=int(severities[n]),
                above=None if ends[n] else bool(compared.deviations[n] >= 0),
                band=(float(bounds[0][where]), float(bounds[1][where]), float(bounds[2][where])),
            )

    def _draw_band(self, rows: Int64, scores: Scores, chosen: Int64) -> None:
        slots = self.slots[rows[chosen]]
        for column, bound in zip((self.lower, self.upper), scores.band(self._policy.level, chosen), strict=True):
            column[rows[chosen]] = clipped(self._state, slots, self._said(slots, bound))

    def _said(self, slots: Int64, values: Float64) -> Float64:
        """Say what the detector forecast in the user's unit."""
        return transform.undo(self._state, slots, values)
