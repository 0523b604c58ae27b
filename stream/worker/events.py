"""Verdicts to messages: an event for each change of an episode, a scored point for those who asked for all."""

from __future__ import annotations

import msgspec
import numpy as np

from stream.detection import State
from stream.detection.episode import Change, Transition
from stream.detection.timeline import NOTE_IMPUTED, NOTE_LATE
from stream.detection.verdict import Outcome, Verdicts
from stream.formats import (
    Episode,
    Input,
    Model,
    Score,
    Shares,
    direction,
    encode_episode,
    encode_score,
    episode_headers,
    episode_id,
    severity,
)
from stream.formats.events import EpisodeState, ScoreState
from stream.worker.engine.outbox import Message
from stream.worker.engine.writer import KeyedRecord
from stream.worker.intake import Batch
from stream.worker.metrics import Metrics

EPISODE_STATES: dict[Change, EpisodeState] = {Change.OPEN: "open", Change.UPDATE: "update", Change.CLOSE: "close"}

SCORE_STATES: dict[int, ScoreState] = {
    Outcome.WARMING: "warming",
    Outcome.NORMAL: "normal",
    Outcome.ANOMALOUS: "anomalous",
}


SHARE_DIGITS = 6
"""Digits of a share worth a reader's time; evidence that has leaked away leaves numbers like 1e-45."""


class Events:
    """Make the messages that follow from verdicts.

    Parameters
    ----------
    model : Model
        Named in every event, and part of every new episode's id.
    metrics_topic, anomalies_topic : str
    level : float
        Probability of the band.
    with_scores : bool
        Whether every scored point is wanted.
    metrics : Metrics
    """

    def __init__(
        self,
        model: Model,
        *,
        metrics_topic: str,
        anomalies_topic: str,
        level: float,
        with_scores: bool,
        metrics: Metrics,
    ) -> None:
        self._model = model
        self._metrics_topic = metrics_topic
        self._anomalies_topic = anomalies_topic
        self._level = level
        self._with_scores = with_scores
        self._metrics = metrics

    def episodes(self, state: State, partition: int, batch: Batch, verdicts: Verdicts) -> list[Message]:
        """Make one message for each change of an episode, in the order of each key's points."""
        messages = []
        for transition in verdicts.transitions:
            name = self._name(state, batch, transition)
            episode = self._episode(name, partition, batch, transition)
            self._metrics.episodes.labels(episode.state).inc()
            key, value = batch.key(transition.row), encode_episode(episode)
            messages.append(Message(self._anomalies_topic, key, value, episode_headers(episode)))
        return messages

    def _name(self, state: State, batch: Batch, transition: Transition) -> str:
        """Give the episode's id, kept in the state while it lasts: a later worker may use another model."""
        slot = int(batch.slots[transition.row])
        if transition.change == Change.OPEN:
            new = episode_id(batch.key(transition.row).decode(), transition.start_ms, self._model.sha256)
            state.episode_id[slot] = np.frombuffer(bytes.fromhex(new), np.uint8)
        name = bytes(state.episode_id[slot]).hex()
        if transition.change == Change.CLOSE:
            state.episode_id[slot] = 0
        return name

    def _episode(self, name: str, partition: int, batch: Batch, transition: Transition) -> Episode:
        row = transition.row
        timestamp_ms = int(batch.timestamps_ms[row])
        episode = Episode(
            series=batch.key(row).decode(),
            episode=name,
            state=EPISODE_STATES[transition.change],
            start=transition.start_ms,
            timestamp=timestamp_ms,
            actual=float(batch.values[row]),
            expected=transition.expected,
            lower=transition.lower,
            upper=transition.upper,
            level=self._level,
            score=transition.score,
            peak_score=transition.peak_score,
            severity=severity(transition.peak_score),
            direction=direction(transition.direction),
            shares=Shares(*(round(share, SHARE_DIGITS) for share in transition.shares)),
            flags=_flags(transition),
            model=self._model,
            input=Input(self._metrics_topic, partition, batch.offset(row)),
        )
        return msgspec.structs.replace(episode, end=timestamp_ms) if episode.state == "close" else episode

    def scores(self, partition: int, batch: Batch, verdicts: Verdicts) -> list[KeyedRecord]:
        """Make a record for every point that was scored or warmed up, for the partition it came from."""
        if not self._with_scores:
            return []
        return [
            KeyedRecord(partition, batch.key(row), encode_score(self._score(row, batch, verdicts)))
            for row in np.flatnonzero(verdicts.outcome <= Outcome.ANOMALOUS).tolist()
        ]

    @staticmethod
    def _score(row: int, batch: Batch, verdicts: Verdicts) -> Score:
        return Score(
            series=batch.key(row).decode(),
            timestamp=int(batch.timestamps_ms[row]),
            value=float(batch.values[row]),
            expected=float(verdicts.expected[row]),
            lower=float(verdicts.lower[row]),
            upper=float(verdicts.upper[row]),
            score=float(verdicts.score[row]),
            state=SCORE_STATES[int(verdicts.outcome[row])],
        )


def _flags(transition: Transition) -> list[str]:
    flags = {
        "imputed": transition.notes & NOTE_IMPUTED,
        "late": transition.notes & NOTE_LATE,
        "warming": transition.warming,
    }
    return [name for name, is_set in flags.items() if is_set]
