"""Crowds: points of many series with a few faults in them, the same in every run."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from kafka import KafkaProducer

from stream.detection.arrays import Float64
from tests.e2e.waiting import PATIENCE_S

START_MS = 1_700_000_000_000
STEP_MS = 60_000
WARMUP = 40
"""Points of a series before its first fault, and before the workers' first alarm."""


@dataclass(frozen=True)
class Crowd:
    """Series that are noise around a level each.

    Attributes
    ----------
    n_keys, n_points : int
        Series, and points of each.
    features : tuple of str
        Names of a point's numbers; none for plain numbers.
    spread : float
        How far the levels differ.
    fault_rate : float
        Share of the points, after the warm-up, that are far off.
    """

    n_keys: int
    n_points: int
    features: tuple[str, ...] = ()
    spread: float = 30.0
    fault_rate: float = 0.0015

    def values(self) -> Float64:
        """Return all values; shape (points, keys, features), of one feature for plain numbers."""
        rng = np.random.default_rng(11)
        shape = self.n_points, self.n_keys, max(1, len(self.features))
        level = rng.normal(100, self.spread, shape[1:])
        noise = rng.uniform(-1, 1, shape)
        faults = (rng.random(shape) < self.fault_rate) * rng.choice([-60.0, 80.0], shape)
        faults[:WARMUP] = 0
        values: Float64 = level + noise + faults
        return values

    def messages(self) -> Iterator[tuple[bytes, bytes]]:
        """Return key and value of every point, round by round over the keys."""
        for at, of_keys in enumerate(self.values().tolist()):
            for n, numbers in enumerate(of_keys):
                series = f"host-{n:03d}/load"
                value = dict(zip(self.features, numbers, strict=True)) if self.features else numbers[0]
                body = {"series": series, "timestamp": START_MS + at * STEP_MS, "value": value}
                yield series.encode(), json.dumps(body).encode()


class Publisher:
    """Publish messages in the background at a steady rate.

    Parameters
    ----------
    messages : iterable of (bytes, bytes)
        Key and value.
    bootstrap, topic : str
    rate : float
        Messages a second.
    """

    def __init__(self, messages: Iterable[tuple[bytes, bytes]], bootstrap: str, topic: str, rate: float) -> None:
        self._messages, self._bootstrap, self._topic, self._rate = messages, bootstrap, topic, rate
        self._thread = threading.Thread(target=self._publish, name="publisher")
        self._failure: Exception | None = None
        self._thread.start()

    def _publish(self) -> None:
        try:
            options = {"bootstrap_servers": self._bootstrap, "linger_ms": 20, "delivery_timeout_ms": 180_000}
            with KafkaProducer(**options) as producer:
                started = time.monotonic()
                sent = []
                for n, (key, value) in enumerate(self._messages):
                    sent.append(producer.send(self._topic, key=key, value=value))
                    ahead_s = n / self._rate - (time.monotonic() - started)
                    if ahead_s > 0.01:
                        time.sleep(ahead_s)
                for future in sent:
                    future.get(timeout=PATIENCE_S)
        except Exception as error:
            self._failure = error

    def wait(self) -> None:
        """Wait until the broker has every message; raises what the producer raised."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure
