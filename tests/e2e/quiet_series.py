"""Quiet series with one point a minute, of which a test says how many and from which minute on."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import produce
from tests.e2e.truth import read_all

START_MS = 1_700_000_000_000
QUIET = 100.0


def minutes(first: int, n: int, series: Iterable[str], value: float = QUIET) -> list[tuple[bytes, bytes]]:
    """Return the points of these series, minute by minute."""
    bodies = [
        {"series": name, "timestamp": START_MS + at * 60_000, "value": value + at % 5}
        for at in range(first, first + n)
        for name in series
    ]
    return [(str(body["series"]).encode(), json.dumps(body).encode()) for body in bodies]


def publish(kafka: KafkaContainer, topic: str, first: int, n: int, series: Iterable[str], value: float = QUIET) -> None:
    """Send them, and wait until the broker has them."""
    produce(kafka.bootstrap, topic, minutes(first, n, list(series), value))


def scored_series(kafka: KafkaContainer, topic: str, minute: int) -> dict[str, bool]:
    """Read from the scores topic whether each series was scored at a minute; False while it warmed up."""
    scores = [json.loads(record.value) for record in read_all(kafka.bootstrap, topic)]
    now = [score for score in scores if score["timestamp"] == START_MS + minute * 60_000]
    return {score["series"]: score["state"] in ("normal", "anomalous") for score in now}
