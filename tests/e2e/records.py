"""Records to and from a topic with kafka-python: an observer that shares no code with the product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kafka import KafkaConsumer, KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord

from tests.e2e.waiting import PATIENCE_S, wait_for

Options = Mapping[str, object]
"""What else a client of kafka-python is told, such as how to log in."""


def produce(
    bootstrap: str, topic: str, records: Iterable[tuple[bytes | None, bytes | None]], options: Options | None = None
) -> None:
    """Send pairs of key and value, and wait until the broker has them all."""
    with KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, **(options or {})) as producer:
        for sent in [producer.send(topic, key=key, value=value) for key, value in records]:
            sent.get(timeout=PATIENCE_S)


def consume(bootstrap: str, topic: str, n_records: int, options: Options | None = None) -> list[ConsumerRecord]:
    """Read a topic from its beginning until `n_records` have come; a TimeoutError tells how many did."""
    found: list[ConsumerRecord] = []

    def enough() -> bool | None:
        for records in consumer.poll(timeout_ms=500).values():
            found.extend(records)
        return len(found) >= n_records or None

    reading = {"bootstrap_servers": bootstrap, "auto_offset_reset": "earliest", "group_id": None, **(options or {})}
    with KafkaConsumer(topic, **reading) as consumer:
        try:
            wait_for(enough, f"{n_records} records of {topic}")
        except TimeoutError as late:
            raise TimeoutError(f"{late}; {len(found)} came") from late
    return found
