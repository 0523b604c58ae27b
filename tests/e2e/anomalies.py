"""Events of episodes as a worker publishes them, made by hand."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from msgspec import UNSET

from stream.events.episodes import (
    Direction,
    EpisodeEvent,
    EpisodeState,
    Input,
    Model,
    Severity,
    encode_episode,
    episode_id,
)
from tests.e2e.records import produce

SHA256: Final = "00" * 32


class Course:
    """The course of one episode on the anomalies topic.

    Parameters
    ----------
    bootstrap, topic : str
    series : str
    """

    def __init__(self, bootstrap: str, topic: str, series: str) -> None:
        self._bootstrap, self._topic = bootstrap, topic
        self.series = series
        self.start = round(time.time() * 1000)
        self.episode = episode_id(series, self.start, SHA256)
        self._n_events = 0

    def event(self, state: EpisodeState, severity: Severity = "major", why: str = "jumped to 9") -> bytes:
        """Make the next event."""
        self._n_events += 1
        direction: Direction = "above"
        at = self.start + 1000 * (self._n_events - 1)
        event = EpisodeEvent(
            series=self.series,
            episode=self.episode,
            state=state,
            why=why,
            start=self.start,
            timestamp=at,
            actual=9.0,
            expected=1.0,
            lower=0.0,
            upper=2.0,
            level=0.99,
            score=2.0 + self._n_events,
            peak_score=2.0 + self._n_events,
            severity=severity,
            peak_severity=severity,
            direction=direction,
            flags=[],
            model=Model("test", "1", SHA256),
            input=Input("metrics", 0, self._n_events),
            end=at if state == "close" else UNSET,
        )
        return encode_episode(event)

    def publish(self, state: EpisodeState, severity: Severity = "major", why: str = "jumped to 9") -> bytes:
        """Publish the next event; return it."""
        value = self.event(state, severity, why)
        self.repeat(value)
        return value

    def repeat(self, value: bytes) -> None:
        """Publish an event once more, as a worker does after a crash."""
        produce(self._bootstrap, self._topic, [(self.series.encode(), value)])


def score(series: str, timestamp_ms: int, value: float) -> bytes:
    """Make a scored point, as on the scores topic."""
    point: dict[str, Any] = {"series": series, "timestamp": timestamp_ms, "value": value, "expected": 1.0}
    return json.dumps(point | {"lower": 0.0, "upper": 2.0, "score": 0.1, "state": "normal"}).encode()
