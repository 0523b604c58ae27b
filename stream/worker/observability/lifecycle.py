"""Events of an app for log, metrics and health endpoint."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from faust.types import TP

from stream.worker.engine.checkpoint import CheckpointResult
from stream.worker.engine.waits import Hang
from stream.worker.observability.health import Health
from stream.worker.observability.metrics import Metrics

log = structlog.get_logger()

WAITING = {"partitions revoked": "partitions", "partitions assigned": "state", "reading points": None, "reading": None}
"""What an app waits for after each event; None when it reads."""

LEVELS = {"giving up": logging.ERROR}
"""How loud an event is said that is more than news."""


class EventLog:
    """Logs the events of an app and updates its health.

    Parameters
    ----------
    health : Health
    """

    def __init__(self, health: Health) -> None:
        self._health = health
        self._hung_s = 0.0

    def on_event(self, event: str, **facts: Any) -> None:
        """Log an event; update what the app waits for."""
        if event in WAITING:
            self._health.waiting_for = WAITING[event]
        log.log(LEVELS.get(event, logging.INFO), event, **facts)

    def on_hang(self, hang: Hang | None) -> None:
        """Report a hang in readiness and log, and its end."""
        before, self._health.hangs_on = self._health.hangs_on, hang and hang.what
        if hang is not None:
            self._hung_s = hang.seconds
        if hang is not None and before is None:
            log.warning("waiting for Kafka", what=hang.what, text="no points are read until it comes; nothing is lost")
        if hang is None and before is not None:
            log.info("Kafka answers again", waited_s=round(self._hung_s, 1))

    def on_expired(self, tp: TP, start: int, end: int) -> None:
        """Log messages deleted by retention."""
        log.warning("messages expired", topic=tp.topic, partition=tp.partition, first=start, last=end - 1)


class LifecycleObserver(EventLog):
    """Observer of a worker, which counts events too.

    Parameters
    ----------
    metrics : Metrics
    health : Health
    """

    def __init__(self, metrics: Metrics, health: Health) -> None:
        super().__init__(health)
        self._metrics = metrics
        self._lagging: set[TP] = set()

    def on_event(self, event: str, **facts: Any) -> None:
        """Count rebalances."""
        if event == "partitions assigned":
            self._metrics.rebalances.inc()
        super().on_event(event, **facts)

    def on_checkpoint(self, done: CheckpointResult) -> None:
        """Count a checkpoint."""
        self._metrics.checkpoint_seconds.observe(done.seconds)
        self._metrics.checkpoint_records.inc(done.n_records)

    def on_lag(self, lag: dict[TP, int]) -> None:
        """Record each partition's lag; drop revoked ones."""
        for tp in self._lagging - lag.keys():
            self._metrics.lag.remove(tp.partition)
        self._lagging = set(lag)
        for tp, n_messages in lag.items():
            self._metrics.lag.labels(tp.partition).set(n_messages)

    def on_expired(self, tp: TP, start: int, end: int) -> None:
        """Count messages deleted by retention."""
        self._metrics.expired.inc(end - start)
        super().on_expired(tp, start, end)
