"""Messages about stale series: silent, and back."""

from __future__ import annotations

import numpy as np
from msgspec import UNSET, UnsetType

from stream.detection.points.staleness import timeout_s
from stream.detection.state.key_state import KeyState
from stream.events.episodes import Input
from stream.events.silences import (
    SilenceEvent,
    SilenceState,
    back_after,
    encode_silence,
    silence_headers,
    silence_id,
    silent_since,
)
from stream.formats.state.key import split_key
from stream.worker.engine.sending.producer import Message
from stream.worker.observability.anomaly_log import AnomalyLog
from stream.worker.observability.metrics import Metrics


class SilenceMessages:
    """Make the messages that follow from silences.

    Parameters
    ----------
    state : KeyState
        Its slots are meant below: the first of each key.
    silent_after : float
        Usual intervals after which a key is silent, where no rule says otherwise.
    metrics_topic, anomalies_topic : str
    metrics : Metrics
    anomaly_log : AnomalyLog
    """

    def __init__(
        self,
        state: KeyState,
        silent_after: float,
        *,
        metrics_topic: str,
        anomalies_topic: str,
        metrics: Metrics,
        anomaly_log: AnomalyLog,
    ) -> None:
        self._state, self._silent_after = state, silent_after
        self._metrics_topic, self._anomalies_topic = metrics_topic, anomalies_topic
        self._metrics, self._anomaly_log = metrics, anomaly_log

    def silent(self, key: bytes, slot: int, n_others: int) -> Message:
        """Build a "silent" event, the same at every call."""
        patience_ms = round(1000 * float(timeout_s(self._state, np.array([slot]), self._silent_after)[0]))
        start_ms = self._start_ms(slot)
        why = silent_since(start_ms, self._interval_ms(slot), n_others)
        return self._message(key, slot, "silent", start_ms + patience_ms, why, others=n_others or UNSET)

    def back(self, key: bytes, slot: int, timestamp_ms: int, partition: int, offset: int) -> Message:
        """Build a "back" event, before the point is applied."""
        why = back_after(timestamp_ms - self._start_ms(slot))
        came_with = Input(self._metrics_topic, partition, offset)
        return self._message(key, slot, "back", timestamp_ms, why, end=timestamp_ms, came_with=came_with)

    def _message(
        self,
        key: bytes,
        slot: int,
        state: SilenceState,
        timestamp_ms: int,
        why: str,
        *,
        end: int | UnsetType = UNSET,
        others: int | UnsetType = UNSET,
        came_with: Input | UnsetType = UNSET,
    ) -> Message:
        series, feature = split_key(key)
        start_ms = self._start_ms(slot)
        silence = SilenceEvent(
            series=series,
            feature=UNSET if feature is None else feature,
            episode=silence_id(series, start_ms, feature),
            state=state,
            why=why,
            start=start_ms,
            timestamp=timestamp_ms,
            end=end,
            interval=self._interval_ms(slot),
            others=others,
            input=came_with,
        )
        self._metrics.silences.labels(state).inc()
        self._anomaly_log.add_silence(silence)
        headers = silence_headers(silence, self._metrics_topic)
        return Message(self._anomalies_topic, series.encode(), encode_silence(silence), headers)

    def _start_ms(self, slot: int) -> int:
        return round(float(self._state.timestamp_s[slot]) * 1000)

    def _interval_ms(self, slot: int) -> int:
        return round(float(self._state.interval_s[slot]) * 1000)
