"""Messages about episodes, from the changes that verdicts tell."""

from __future__ import annotations

from typing import cast

import numpy as np
from msgspec import UNSET, UnsetType

from stream.detection.episodes.transition import Change, Transition
from stream.detection.episodes.verdict import Verdicts
from stream.detection.points.timeline import (
    NOTE_BACKFILL,
    NOTE_COUNTER,
    NOTE_IMPUTED,
    NOTE_LATE,
    NOTE_MAINTENANCE,
    NOTE_RESET,
    NOTE_WITHHELD,
)
from stream.detection.policy.policy import Transform
from stream.detection.state.key_state import KeyState
from stream.events.episodes import (
    EpisodeEvent,
    EpisodeState,
    Evidence,
    Input,
    Model,
    Shares,
    UpdateReason,
    direction,
    encode_episode,
    episode_headers,
    episode_id,
    severity_name,
)
from stream.events.explanation import explain
from stream.worker.batches import PointBatch
from stream.worker.engine.sending.producer import KeyedRecord, Message
from stream.worker.messages.scored_points import score_records
from stream.worker.messages.silences import SilenceMessages
from stream.worker.messages.subjects import TRANSFORMS, MessageSubject, subject_of
from stream.worker.observability.anomaly_log import AnomalyLog
from stream.worker.observability.metrics import Metrics

EPISODE_STATES: dict[Change, EpisodeState] = {
    Change.OPEN: "open",
    Change.CLOSE: "close",
    Change.PENDING: "pending",
    Change.PASSED: "passed",
}
REASONS: dict[Change, UpdateReason] = {
    Change.ESCALATED: "worse",
    Change.REALERTED: "again",
    Change.DIFFERENT: "different",
    Change.REMINDER: "lasting",
}
"""Of the changes that are an update."""

SHARE_DIGITS = 6
"""Digits of a share worth a reader's time; evidence that has leaked away leaves numbers like 1e-45."""


class EpisodeMessages:
    """Make the messages that follow from verdicts.

    Parameters
    ----------
    model : Model
        Named in every event, and part of every new episode's id.
    metrics_topic, anomalies_topic, backfill_topic : str
        The last takes the events that history gives rise to.
    features : tuple of str
        Names of the features that the model judges together; empty if it knows none.
    level : float
        Probability of the band.
    with_scores : bool
        Whether every scored point is wanted.
    metrics : Metrics
    anomaly_log : AnomalyLog, optional
    """

    def __init__(
        self,
        model: Model,
        *,
        metrics_topic: str,
        anomalies_topic: str,
        backfill_topic: str,
        features: tuple[str, ...] = (),
        level: float,
        with_scores: bool,
        metrics: Metrics,
        anomaly_log: AnomalyLog | None = None,
    ) -> None:
        self._model = model
        self._metrics_topic = metrics_topic
        self._anomalies_topic = anomalies_topic
        self._backfill_topic = backfill_topic
        self._features = features
        self._level = level
        self._with_scores = with_scores
        self._metrics = metrics
        self._anomaly_log = anomaly_log or AnomalyLog()

    def silences(self, state: KeyState, silent_after: float) -> SilenceMessages:
        """Return the builder of silence events."""
        return SilenceMessages(
            state,
            silent_after,
            metrics_topic=self._metrics_topic,
            anomalies_topic=self._anomalies_topic,
            metrics=self._metrics,
            anomaly_log=self._anomaly_log,
        )

    def episodes(self, state: KeyState, batch: PointBatch, verdicts: Verdicts) -> list[Message]:
        """Build an event for each change of an episode."""
        messages = []
        for transition in verdicts.transitions:
            subject = subject_of(transition.row, batch, verdicts, self._features)
            name = self._name(state, int(verdicts.slot[transition.row]), subject, transition)
            episode = self._episode(subject, name, batch, verdicts, transition)
            topic = self._withhold(transition) if transition.notes & NOTE_WITHHELD else self._publish(episode)
            messages.append(Message(topic, subject.key, encode_episode(episode), episode_headers(episode)))
        return messages

    def _withhold(self, transition: Transition) -> str:
        """Count an event of history; return its topic."""
        if transition.change == Change.OPEN:
            self._metrics.suppressed.labels("backfill").inc()
        return self._backfill_topic

    def _publish(self, episode: EpisodeEvent) -> str:
        """Count and log an event; return its topic."""
        self._metrics.episodes.labels(episode.state, episode.peak_severity).inc()
        self._anomaly_log.add_episode(episode)
        return self._anomalies_topic

    def _name(self, state: KeyState, slot: int, subject: MessageSubject, transition: Transition) -> str:
        """Return the episode's id, kept until the next one."""
        if transition.change in (Change.OPEN, Change.PENDING):
            new = episode_id(subject.series, transition.start_ms, self._model.sha256, subject.feature)
            state.episode_id[slot] = np.frombuffer(bytes.fromhex(new), np.uint8)
        return bytes(state.episode_id[slot]).hex()

    def _episode(
        self,
        subject: MessageSubject,
        name: str,
        batch: PointBatch,
        verdicts: Verdicts,
        transition: Transition,
    ) -> EpisodeEvent:
        transform = int(verdicts.transform[transition.row])
        actual, facts = float(verdicts.actual[transition.row]), transition.facts
        return EpisodeEvent(
            series=subject.series,
            feature=UNSET if subject.feature is None else subject.feature,
            episode=name,
            state=EPISODE_STATES.get(transition.change, "update"),
            reason=REASONS.get(transition.change, UNSET),
            why=explain(transition, actual, " a second" if transform == Transform.RATE else ""),
            start=transition.start_ms,
            window_start=UNSET if transition.window_start_ms is None else transition.window_start_ms,
            timestamp=int(batch.timestamps_ms[subject.point]),
            end=UNSET if transition.end_ms is None else transition.end_ms,
            transform=TRANSFORMS.get(transform, UNSET),
            value=float(batch.values[subject.point, subject.at]) if transform == Transform.RATE else UNSET,
            actual=actual,
            evidence=UNSET if facts is None else cast("Evidence", facts.statistic),
            observed=UNSET if facts is None else facts.observed,
            expected=transition.expected,
            lower=transition.lower,
            upper=transition.upper,
            level=self._level,
            score=transition.score,
            peak_score=transition.peak_score,
            severity=severity_name(transition.severity),
            peak_severity=severity_name(transition.peak_severity),
            direction=direction(transition.direction),
            shares=_shares(transition),
            flags=_flags(transition),
            model=self._model,
            input=Input(self._metrics_topic, *batch.place(subject.point)),
        )

    def scores(self, batch: PointBatch, verdicts: Verdicts) -> list[KeyedRecord]:
        """Build a scored point for every verdict."""
        return score_records(batch, verdicts, self._features) if self._with_scores else []


def _shares(transition: Transition) -> Shares | UnsetType:
    if not transition.shares:
        return UNSET
    return Shares(*(round(share, SHARE_DIGITS) for share in transition.shares))


def _flags(transition: Transition) -> list[str]:
    flags = {
        "imputed": transition.notes & NOTE_IMPUTED,
        "late": transition.notes & NOTE_LATE,
        "reset": transition.notes & NOTE_RESET,
        "maintenance": transition.notes & NOTE_MAINTENANCE,
        "counter": transition.notes & NOTE_COUNTER,
        "backfill": transition.notes & NOTE_BACKFILL,
    }
    return [name for name, is_set in flags.items() if is_set]
