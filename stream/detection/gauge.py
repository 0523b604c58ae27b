"""The gauge: points of many keys in, one verdict a point out. Everything between a decoded point and an event."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stream.detection import episode, timeline
from stream.detection.detector import Detector
from stream.detection.episode import Change, Transition
from stream.detection.forecast import Forecaster
from stream.detection.record import Bool, Float64, Int64
from stream.detection.scores import Scores
from stream.detection.verdict import Outcome, Policy, Verdicts


class Gauge:
    """Score points of many keys with one detector.

    Parameters
    ----------
    forecaster : Forecaster
    policy : Policy
    """

    def __init__(self, forecaster: Forecaster, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self._detector = Detector(forecaster, warmup=self._policy.warmup)
        self.state = self._detector.state

    def score(self, slots: Int64, timestamps_ms: Int64, values: Float64) -> Verdicts:
        """Score points in their order; a slot may occur many times.

        A key's verdicts depend on its own points alone, bit for bit, however the points are cut into calls.

        Parameters
        ----------
        slots : int64, shape (points,)
        timestamps_ms : int64, shape (points,)
            Event time since the epoch.
        values : float64, shape (points,)
            Finite.
        """
        run = _Run(self._detector, self._policy, slots, timestamps_ms, values)
        for rows in rounds(slots):
            run.round(rows)
        return run.verdicts()


def rounds(slots: Int64) -> Iterator[Int64]:
    """Cut points into rounds in which no slot occurs twice, each slot's points in their order.

    Yields
    ------
    int64, shape (at most the number of distinct slots,)
        Row numbers.
    """
    if len(slots) == 0:
        return
    order = np.argsort(slots, kind="stable")
    ordered = slots[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    occurrence = np.arange(len(slots)) - np.repeat(first, np.diff(np.append(first, len(slots))))
    by_round = np.argsort(occurrence, kind="stable")
    ends = np.cumsum(np.bincount(occurrence))
    yield from np.split(order[by_round], ends[:-1])


class _Run:
    """One call of `Gauge.score`: its points, and the verdicts as they come."""

    def __init__(self, detector: Detector, policy: Policy, slots: Int64, timestamps_ms: Int64, values: Float64) -> None:
        self._detector, self._policy, self._state = detector, policy, detector.state
        self._slots, self._timestamps_ms, self._values = slots, timestamps_ms, values
        n_points = len(slots)
        self._outcome = np.zeros(n_points, np.uint8)
        self._score = np.full(n_points, np.nan)
        self._expected, self._lower, self._upper = (np.full(n_points, np.nan) for _ in range(3))
        self._transitions: list[Transition] = []
        self._n_gaps = self._n_imputed = 0

    def verdicts(self) -> Verdicts:
        return Verdicts(
            self._outcome,
            self._score,
            self._expected,
            self._lower,
            self._upper,
            self._transitions,
            self._n_gaps,
            self._n_imputed,
        )

    def round(self, rows: Int64) -> None:
        rows = self._in_order(rows)
        if len(rows) == 0:
            return
        slots, timestamps_s = self._slots[rows], self._timestamps_ms[rows] / 1000.0
        self._close_gaps(slots, timestamps_s)
        timeline.learn_regularity(self._state, slots, timestamps_s)
        scores = self._detector.score(slots, timestamps_s, self._values[rows])
        self._note(rows, slots, scores)

    def _in_order(self, rows: Int64) -> Int64:
        """Put aside the rows whose time has been seen or passed."""
        slots, timestamps_s = self._slots[rows], self._timestamps_ms[rows] / 1000.0
        last_s = timeline.last_seen(self._state, slots)
        late = timestamps_s < last_s
        self._outcome[rows[timestamps_s == last_s]] = Outcome.DUPLICATE
        self._outcome[rows[late]] = Outcome.LATE
        self._state.notes[slots[late]] |= timeline.NOTE_LATE
        fresh = timestamps_s > last_s
        return rows if fresh.all() else rows[fresh]

    def _close_gaps(self, slots: Int64, timestamps_s: Float64) -> None:
        gaps = timeline.find_gaps(self._state, slots, timestamps_s, self._policy.max_fill)
        if gaps.n_gaps == 0:
            return
        self._n_gaps += gaps.n_gaps
        long = slots[(gaps.n_missing > 0) & ~gaps.fillable]
        self._state.warm_until[long] = self._state.t[long] + self._policy.rewarm
        self._impute(slots[gaps.fillable], timestamps_s[gaps.fillable], gaps.n_missing[gaps.fillable])

    def _impute(self, slots: Int64, timestamps_s: Float64, n_missing: Int64) -> None:
        """Let the forecast stand in for the missing points, at even steps through the hole.

        What we made up moves the windows and the model, but is no evidence and raises no alarm.
        """
        state = self._state
        evidence = state.alarm_t[slots], state.peak[slots], state.z[slots], state.surprise[slots]
        step_s = (timestamps_s - state.timestamp_s[slots]) / (n_missing + 1)
        for n_done in range(int(n_missing.max(initial=0))):
            open_ = n_missing > n_done
            filling = slots[open_]
            expected = state.forecast[filling] + state.x0[filling]
            self._detector.score(filling, state.timestamp_s[filling] + step_s[open_], expected)
            self._n_imputed += len(filling)
        state.alarm_t[slots], state.peak[slots], state.z[slots], state.surprise[slots] = evidence
        state.notes[slots] |= timeline.NOTE_IMPUTED

    def _note(self, rows: Int64, slots: Int64, scores: Scores) -> None:
        warming = scores.warming | (self._state.t[slots] <= self._state.warm_until[slots])
        alarms = scores.alarm & ~warming
        self._expected[rows] = scores.expected
        self._score[rows] = np.where(warming, np.nan, scores.score)
        if self._policy.bands:
            self._lower[rows], self._upper[rows] = scores.band(self._policy.level)
        self._advance(rows, slots, scores, alarms, warming)
        anomalous = (self._state.episode_start_ms[slots] > 0) | (scores.score >= 1)
        known = np.where(anomalous, Outcome.ANOMALOUS, Outcome.NORMAL)
        self._outcome[rows] = np.where(warming, Outcome.WARMING, known)
        self._state.notes[slots] = 0

    def _advance(self, rows: Int64, slots: Int64, scores: Scores, alarms: Bool, warming: Bool) -> None:
        above = self._values[rows] >= scores.expected
        interval_ms = self._policy.update_interval_ms
        changes = episode.advance(
            self._state, slots, self._timestamps_ms[rows], scores.score, alarms, above, interval_ms
        )
        changed = np.flatnonzero(changes)
        if len(changed) == 0:
            return
        lower, upper = scores.band(self._policy.level, changed)
        self._lower[rows[changed]], self._upper[rows[changed]] = lower, upper
        for at in map(int, changed):
            change = Change(changes[at])
            self._transitions.append(self._transition(int(rows[at]), at, slots, change, scores, warming))
        episode.forget(self._state, slots[changes == Change.CLOSE])

    def _transition(self, row: int, at: int, slots: Int64, change: Change, scores: Scores, warming: Bool) -> Transition:
        state, slot = self._state, slots[at]
        score, peak = float(scores.score[at]), float(state.episode_peak[slot])
        return Transition(
            row=row,
            change=change,
            start_ms=int(state.episode_start_ms[slot]),
            peak_score=score if np.float32(score) >= peak else peak,
            direction=int(state.episode_direction[slot]),
            score=score,
            expected=float(scores.expected[at]),
            lower=float(self._lower[row]),
            upper=float(self._upper[row]),
            shares=tuple(float(share) for share in scores.shares[at]),
            notes=int(state.notes[slot]),
            warming=bool(warming[at]),
        )
