"""The worker's life as others see it: told to the log, the metrics and the health endpoint."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from faust.types import TP

from stream.worker.engine.checkpoint import Done
from stream.worker.engine.waits import Hang
from stream.worker.observability.health import Health
from stream.worker.observability.metrics import Metrics

log = structlog.get_logger()

WAITING = {"partitions revoked": "partitions", "partitions assigned": "state", "reading points": None}
"""What a worker waits for after each event; None when it reads."""

LEVELS = {"giving up": logging.ERROR}
"""How loud an event is said that is more than news."""


class Life:
    """Told of the events of the worker's life.

    Parameters
    ----------
    metrics : Metrics
    health : Health
    """

    def __init__(self, metrics: Metrics, health: Health) -> None:
        self._metrics = metrics
        self._health = health
        self._lagging: set[TP] = set()
        self._hung_s = 0.0

    def say(self, event: str, **facts: Any) -> None:
        """Log an event, and note what the worker waits for from now on."""
        if event in WAITING:
            self._health.waiting_for = WAITING[event]
        if event == "partitions assigned":
            self._metrics.rebalances.inc()
        log.log(LEVELS.get(event, logging.INFO), event, **facts)

    def checkpointed(self, done: Done) -> None:
        """Count a checkpoint."""
        self._metrics.checkpoint_seconds.observe(done.seconds)
        self._metrics.checkpoint_records.inc(done.n_records)

    def lagging(self, lag: dict[TP, int]) -> None:
        """Note how far each source partition is behind; partitions that are not ours any more vanish."""
        for tp in self._lagging - lag.keys():
            self._metrics.lag.remove(tp.partition)
        self._lagging = set(lag)
        for tp, n_messages in lag.items():
            self._metrics.lag.labels(tp.partition).set(n_messages)

    def hanging(self, hang: Hang | None) -> None:
        """Let the readiness name what does not come from Kafka, and log it when it begins and when it is over."""
        before, self._health.hangs_on = self._health.hangs_on, hang and hang.what
        if hang is not None:
            self._hung_s = hang.seconds
        if hang is not None and before is None:
            log.warning("waiting for Kafka", what=hang.what, text="no points are read until it comes; nothing is lost")
        if hang is None and before is not None:
            log.info("Kafka answers again", waited_s=round(self._hung_s, 1))

    def expired(self, tp: TP, start: int, end: int) -> None:
        """Log and count the messages that the topic's retention deleted before we read them."""
        self._metrics.expired.inc(end - start)
        log.warning("messages expired", topic=tp.topic, partition=tp.partition, first=start, last=end - 1)
