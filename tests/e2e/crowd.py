"""A crowd: 60,000 points of 500 series with a few faults in them, the same in every run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
from kafka import KafkaProducer

N_KEYS = 500
N_POINTS = 60_000
START_MS = 1_700_000_000_000
STEP_MS = 60_000
WARMUP = 40
"""Points before the first alarm: a third of what a series has."""


def messages() -> Iterator[tuple[bytes, bytes]]:
    """Give key and value of every point, round by round over the keys."""
    rng = np.random.default_rng(11)
    n_rounds = N_POINTS // N_KEYS
    level = rng.normal(100, 30, N_KEYS)
    noise = rng.uniform(-1, 1, (n_rounds, N_KEYS))
    faults = (rng.random((n_rounds, N_KEYS)) < 0.0015) * rng.choice([-60.0, 80.0], (n_rounds, N_KEYS))
    faults[:WARMUP] = 0
    values = level + noise + faults
    for at in range(n_rounds):
        for n in range(N_KEYS):
            series = f"host-{n:03d}/cpu"
            body = f'{{"series":"{series}","timestamp":{START_MS + at * STEP_MS},"value":{float(values[at, n])!r}}}'
            yield series.encode(), body.encode()


class Publisher:
    """Publish the crowd in the background at a steady rate.

    Parameters
    ----------
    bootstrap, topic : str
    rate : float
        Points a second.
    """

    def __init__(self, bootstrap: str, topic: str, rate: float) -> None:
        self._bootstrap, self._topic, self._rate = bootstrap, topic, rate
        self._thread = threading.Thread(target=self._publish, name="publisher")
        self._failure: Exception | None = None
        self._thread.start()

    def _publish(self) -> None:
        try:
            options = {"bootstrap_servers": self._bootstrap, "linger_ms": 20, "delivery_timeout_ms": 180_000}
            with KafkaProducer(**options) as producer:
                started = time.monotonic()
                sent = []
                for n, (key, value) in enumerate(messages()):
                    sent.append(producer.send(self._topic, key=key, value=value))
                    ahead_s = n / self._rate - (time.monotonic() - started)
                    if ahead_s > 0.01:
                        time.sleep(ahead_s)
                for future in sent:
                    future.get(timeout=180)
        except Exception as error:
            self._failure = error

    def wait(self) -> None:
        """Wait until the broker has every point; raises what the producer raised."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure
