"""Sender of a campaign's load: a producer that knows where each of its messages lies."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

from kafka import KafkaProducer

from tests.e2e.waiting import PATIENCE_S
from tests.faults.load.rounds import Message, Round

Id = tuple[int, int]
"""Partition and offset of a message."""


class Sender:
    """Send rounds at a steady rate in the background, until it is stopped.

    Parameters
    ----------
    bootstrap : str
    metrics_topic, raw_topic : str
    rounds : iterator of Round
    rate : float
        Messages a second for the metrics topic.

    Attributes
    ----------
    sent : dict of str to set of Id
        Where the messages lie that the broker has acknowledged, by topic; complete after `stop`.
    """

    def __init__(
        self, bootstrap: str, metrics_topic: str, raw_topic: str, rounds: Iterator[Round], rate: float
    ) -> None:
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap,
            enable_idempotence=True,
            linger_ms=20,
            delivery_timeout_ms=300_000,
            max_block_ms=300_000,
        )
        self._metrics_topic, self._raw_topic = metrics_topic, raw_topic
        self._rounds, self._rate = rounds, rate
        self._waiting: deque[tuple[str, Any]] = deque()
        self.sent: defaultdict[str, set[Id]] = defaultdict(set)
        self._failure: Exception | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sender")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def send_at_once(self, messages: list[Message]) -> None:
        """Send messages to the metrics topic as fast as the producer takes them, from any thread."""
        for key, value in messages:
            self._send(self._metrics_topic, key, value)

    def stop(self) -> None:
        """End, and wait until the broker has every message; raises what the producer raised."""
        self._over.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        while self._waiting:
            self._collect()
        self._producer.close()

    def __len__(self) -> int:
        """Count the messages sent so far."""
        return len(self._waiting) + sum(map(len, self.sent.values()))

    def _run(self) -> None:
        try:
            due_s = time.monotonic()
            while not self._over.is_set():
                points, raw = next(self._rounds)
                for key, value in raw:
                    self._send(self._raw_topic, key, value)
                self.send_at_once(points)
                due_s = max(due_s + len(points) / self._rate, time.monotonic() - 1.0)
                self._collect_done()
                self._over.wait(max(0.0, due_s - time.monotonic()))
        except Exception as error:
            self._failure = error

    def _send(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        self._waiting.append((topic, self._producer.send(topic, key=key, value=value)))

    def _collect_done(self) -> None:
        while self._waiting and self._waiting[0][1].is_done:
            self._collect()

    def _collect(self) -> None:
        topic, future = self._waiting.popleft()
        place = future.get(timeout=PATIENCE_S)
        self.sent[topic].add((place.partition, place.offset))
