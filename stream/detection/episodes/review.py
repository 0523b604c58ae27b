"""The review: the episodes of keys whose newest point may change one, and what is published of them."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64, UInt8
from stream.detection.episodes import episode, facts, opening, severity, suppression
from stream.detection.episodes.calm import OPEN, PENDING
from stream.detection.episodes.changes import IS_END, Changes
from stream.detection.episodes.comparison import AnomalyKind, Comparison, clipped, compare
from stream.detection.episodes.episode import EpisodeInput
from stream.detection.episodes.transition import Change, Suppression, among
from stream.detection.evidence.scores import Scores
from stream.detection.points.transform import undo
from stream.detection.state.detector_state import DetectorState

IS_BEGIN: Final = among(Change.OPEN, Change.PENDING, Change.DIFFERENT)
"""By `Change`: whether an episode begins with it, or with it is about something else."""


class Review:
    """Newest points of distinct keys, which the detector has scored and learned.

    Parameters
    ----------
    state : DetectorState
    slots, timestamps_ms : int64, shape (n,)
    analysed : float64, shape (n,)
        What was scored.
    scores : Scores
        Of these points.
    level : float
        Probability of the forecast's band.

    Attributes
    ----------
    lower, upper : float64, shape (n,)
        The forecast's band of those whose change is published, in the metric's unit; NaN for all others.
    """

    def __init__(
        self, state: DetectorState, slots: Int64, timestamps_ms: Int64, analysed: Float64, scores: Scores, level: float
    ) -> None:
        self._state, self._level = state, level
        self._slots, self._timestamps_ms, self._analysed, self._scores = slots, timestamps_ms, analysed, scores
        self.lower, self.upper = np.full((2, len(slots)), np.nan)

    def move(self, changes: Changes, rows: Int64) -> Int64:
        """Move the episodes of the keys, and give the slots of those whose scale is another than before.

        Parameters
        ----------
        changes : Changes
            Gets what is to be published.
        rows : int64, shape (n,)
            Of the points in the call.
        """
        state, slots = self._state, self._slots
        seen, was_held = self._seen(), state.episode_held[slots] > 0
        moved = changes.advance(seen)
        is_held = state.episode_held[slots] > 0
        refused = np.flatnonzero(is_held & ~was_held & (state.episode_held[slots] != Suppression.EXPECTED))
        if len(refused):
            opening.store(state, slots[refused], self._compare(refused), np.ones(len(refused), np.bool_))
        passed = slots[was_held & ~is_held & (moved == Change.NONE)]
        rescaled = [opening.restore_scale(state, passed)]
        published = np.flatnonzero(moved)
        if len(published):
            self._publish(changes, rows, published, moved[published], seen.severities[published])
            ended, learned = slots[IS_END[moved]], slots[seen.is_learned]
            rescaled += [opening.restore_scale(state, ended), learned]
            episode.record_closed(state, ended)
            state.relearn(learned)
        return np.concatenate(rescaled)

    def _seen(self) -> EpisodeInput:
        """Find what moves the episodes; only what is at the boundary is compared with anything."""
        state, slots, now_ms, score = self._state, self._slots, self._timestamps_ms, self._scores.score
        kinds, held = state.episode_kind[slots], np.zeros(len(slots), np.uint8)
        severities, unusual = np.zeros(len(slots), np.uint8), np.zeros(len(slots), np.bool_)
        above = state.episode_direction[slots] > 0
        place = opening.recovery(state, slots, now_ms / 1000.0, self._analysed)
        near = np.flatnonzero((score >= 1) | (state.episode_phase[slots] == PENDING))
        if len(near):
            compared = self._compare(near)
            kinds[near], above[near] = compared.kinds, compared.deviations >= 0
            severities[near], unusual[near] = self._rate(near, compared)
            # While the value is off as it was expected to be, other evidence on it is about the same anomaly.
            stays = (state.episode_held[slots] == Suppression.EXPECTED) & place.is_off
            kinds[stays] = state.episode_kind[slots[stays]]
            held[near] = suppression.suppression_reasons(state, slots[near], now_ms[near], compared, kinds[near])
        course = unusual, place.is_off, place.is_deviating, place.is_recovered, place.is_recovering, self._is_learned()
        return EpisodeInput(slots, now_ms, score, self._scores.alarm, above, kinds, held, severities, *course)

    def _is_learned(self) -> Bool:
        """Check which episodes a person has declared to be the new normal."""
        state, slots, phase = self._state, self._slots, self._state.episode_phase[self._slots]
        learn_ms = state.series_policies.learn_ms[state.series_policy[slots]]
        is_learned: Bool = ((phase == OPEN) | (phase == PENDING)) & (state.episode_start_ms[slots] < learn_ms)
        return is_learned

    def _compare(self, at: Int64) -> Comparison:
        now_s = self._timestamps_ms[at] / 1000.0
        return compare(self._state, self._slots[at], now_s, self._analysed[at], self._scores, at, self._level)

    def _rate(self, at: Int64, compared: Comparison) -> tuple[UInt8, Bool]:
        """Return severities, and whether the values themselves are unusual."""
        deviation = self._deviation(at, compared)
        size = severity.size_points(deviation)
        interval_ms = 1000.0 * self._state.interval_s[self._slots[at]].astype(np.float64)
        unusual = severity.is_unusual(deviation, size)
        far_off = severity.is_far_off(deviation, unusual)
        return severity.severities(size, far_off, self._scores.score[at], self._lasted_ms(at), interval_ms), unusual

    def _deviation(self, at: Int64, compared: Comparison) -> severity.Deviation:
        """Return how far off the values are."""
        state, slots = self._state, self._slots[at]
        # What lasts is learned, and would be less and less off from what is expected now.
        learned = (state.episode_phase[slots] == OPEN) & ~compared.is_seasonal
        usual = np.where(learned, opening.expected_at_opening(state, slots), compared.reference)
        return severity.Deviation(
            values=undo(state, slots, compared.analysed),
            usual=undo(state, slots, usual),
            is_seasonal=compared.is_seasonal,
            largest=compared.largest,
            lowest=compared.lowest,
            highest=compared.highest,
            is_stuck=compared.kinds == AnomalyKind.STUCK,
        )

    def _lasted_ms(self, at: Int64) -> Int64:
        """Return for how long episodes last; the calm before a relapse does not count."""
        state, slots = self._state, self._slots[at]
        has_reopened = state.episode_repeats[slots] > 0
        since_ms = np.where(has_reopened, state.episode_update_ms[slots], state.episode_start_ms[slots])
        return np.where(state.episode_phase[slots] == OPEN, self._timestamps_ms[at] - since_ms, 0)

    def _publish(self, changes: Changes, rows: Int64, at: Int64, moved: UInt8, severities: UInt8) -> None:
        """Note the changes of these episodes, each with what alarmed."""
        state, slots, score = self._state, self._slots[at], self._scores.score[at]
        compared, ends = self._compare(at), IS_END[moved]
        waited = (moved == Change.OPEN) & (state.episode_start_ms[slots] < self._timestamps_ms[at])
        begins = IS_BEGIN[moved] & ~waited
        opening.store(state, slots, compared, begins)
        compared = opening.compare_with_opening(state, slots, compared, waited & (score < 1))
        bands, all_shares = self._bands(at, ends, compared), self._scores.shares(at).tolist()
        for n, (place, shares) in enumerate(zip(at.tolist(), all_shares, strict=True)):
            slot, now_s = int(slots[n]), self._timestamps_ms[place] / 1000.0
            changes.note(
                int(rows[place]),
                slot,
                Change(moved[n]),
                float(score[n]),
                tuple(shares),
                facts.collect(state, slot, now_s, self._scores, place, compared, n),
                severity=int(severities[n]),
                above=None if ends[n] else bool(compared.deviations[n] >= 0),
                band=(float(bands[0][n]), float(bands[1][n]), float(bands[2][n])),
            )

    def _bands(self, at: Int64, ends: Bool, compared: Comparison) -> tuple[Float64, Float64, Float64]:
        """Return what was expected and the range allowed: where an episode ends, the forecast and its band."""
        state, slots = self._state, self._slots[at]
        lower, upper = (
            clipped(state, slots, undo(state, slots, bound)) for bound in self._scores.band(self._level, at)
        )
        self.lower[at], self.upper[at] = lower, upper
        expected = undo(state, slots, self._scores.expected[at])
        return (
            np.where(ends, expected, compared.expected),
            np.where(ends, lower, compared.lower),
            np.where(ends, upper, compared.upper),
        )
