"""The examples of both Kafka clients publish a series to one partition, and the consumer acts once on each event."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume
from tests.e2e.waiting import PATIENCE_S, wait_for
from tests.e2e.worker_process import WorkerProcess

SERIES = [f"host-{i}/cpu" for i in range(12)]
CALM = [50.0 + i % 10 for i in range(150)]
LAST = 900.0
"""The last value of each series: never seen before."""


def run(repository: Path, example: str, *arguments: str | Path) -> str:
    """Run an example as a user does, and give what it prints."""
    command = [sys.executable, f"examples/{example}", *map(str, arguments)]
    return subprocess.run(
        command, cwd=repository, capture_output=True, text=True, check=True, timeout=PATIENCE_S
    ).stdout


def write_csv(path: Path, start: int, values: list[float]) -> Path:
    rows = [f"{name},{1_700_000_000 + 60 * (start + i)},{value}" for i, value in enumerate(values) for name in SERIES]
    path.write_text("\n".join(["series,timestamp,value", *rows]))
    return path


def events_until_all_are_found(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    """Read the episodes until each series has one about its last value."""
    events: list[ConsumerRecord] = []

    def all_found() -> bool | None:
        for records in consumer.poll(timeout_ms=500).values():
            events.extend(records)
        return {event["series"] for event in map(json.loads, values()) if event["actual"] == LAST} == set(
            SERIES
        ) or None

    def values() -> list[bytes]:
        return [event.value for event in events]

    with KafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None) as consumer:
        wait_for(all_found, "an episode of every series")
    return events


def test_two_clients_and_a_consumer_work_together(
    kafka: KafkaContainer, names: dict[str, str], repository: Path, tmp_path: Path
) -> None:
    first = write_csv(tmp_path / "first.csv", 0, CALM)
    second = write_csv(tmp_path / "second.csv", 150, [*CALM[:-1], LAST])
    brokers, metrics, anomalies = kafka.bootstrap, names["metrics_topic"], names["anomalies_topic"]
    with WorkerProcess(tmp_path / "worker.log", brokers=brokers, partitions=4, warmup=200, **names):
        assert run(repository, "publish_kafka_python.py", brokers, metrics, first).startswith("sent 1,800 points")
        assert run(repository, "publish_confluent.py", brokers, metrics, second).startswith("sent 1,800 points")
        events = events_until_all_are_found(brokers, anomalies)
    partitions = {name: set[int]() for name in SERIES}
    for record in consume(brokers, metrics, 2 * len(SERIES) * len(CALM)):
        partitions[record.key.decode()].add(record.partition)
    assert {len(of_series) for of_series in partitions.values()} == {1}
    assert len(set().union(*partitions.values())) > 1

    with KafkaProducer(bootstrap_servers=brokers) as producer:  # A worker repeats events like this after a crash.
        for event in events:
            producer.send(anomalies, key=event.key, value=event.value, headers=event.headers).get(timeout=PATIENCE_S)
    printed = run(repository, "consume_episodes.py", brokers, anomalies, f"{names['app_id']}-pager", "15").splitlines()
    opened = [line for line in printed if " open: jumped from " in line and " to 900" in line]
    assert sorted(line.partition(" open: ")[0] for line in opened) == sorted(SERIES)
    assert len(printed) == len({dict(event.headers)["ce_id"] for event in events})
