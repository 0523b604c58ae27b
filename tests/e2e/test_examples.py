"""The examples of both Kafka clients publish a series to one partition, and the consumer acts once on each event."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kafka import KafkaProducer

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume
from tests.e2e.worker_process import WorkerProcess

SERIES = [f"host-{i}/cpu" for i in range(12)]
WARMUP = 100


def run(repository: Path, example: str, *arguments: str | Path) -> str:
    """Run an example as a user does, and give what it prints."""
    command = [sys.executable, f"examples/{example}", *map(str, arguments)]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True, timeout=120).stdout


def write_csv(path: Path, start: int, values: list[float]) -> Path:
    rows = [f"{name},{1_700_000_000 + 60 * (start + i)},{value}" for i, value in enumerate(values) for name in SERIES]
    path.write_text("\n".join(["series,timestamp,value", *rows]))
    return path


def test_two_clients_and_a_consumer_work_together(
    kafka: KafkaContainer, names: dict[str, str], repository: Path, tmp_path: Path
) -> None:
    calm = [50.0 + i % 10 for i in range(150)]
    first = write_csv(tmp_path / "first.csv", 0, calm)
    second = write_csv(tmp_path / "second.csv", 150, [*calm[:-1], 900.0])
    metrics, anomalies = names["metrics_topic"], names["anomalies_topic"]
    with WorkerProcess(
        tmp_path / "worker.log", brokers=kafka.bootstrap, partitions=4, warmup=WARMUP, **names
    ) as _worker:
        n_points = len(SERIES) * 150
        assert run(repository, "publish_kafka_python.py", kafka.bootstrap, metrics, first).startswith("sent 1,800 ")
        assert run(repository, "publish_confluent.py", kafka.bootstrap, metrics, second).startswith("sent 1,800 ")
        records = consume(kafka.bootstrap, metrics, 2 * n_points)
        events = consume(kafka.bootstrap, anomalies, len(SERIES))
    partitions = {name: {record.partition for record in records if record.key == name.encode()} for name in SERIES}
    assert all(len(of_series) == 1 for of_series in partitions.values())
    assert len(set().union(*partitions.values())) > 1

    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:  # What a worker does after a crash.
        for event in events:
            producer.send(anomalies, key=event.key, value=event.value, headers=event.headers).get(timeout=30)
    printed = run(repository, "consume_episodes.py", kafka.bootstrap, anomalies, names["app_id"] + "-pager", "10")
    assert sorted(line.partition(" open: ")[0] for line in printed.splitlines() if " open: " in line) == sorted(SERIES)
