"""Offsets that hold no message for us: transaction markers, and what retention has deleted."""

from __future__ import annotations

import json
from pathlib import Path

from confluent_kafka import Producer
from kafka import TopicPartition

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce
from tests.e2e.truth import wait_drained
from tests.e2e.waiting import PATIENCE_S, wait_for
from tests.e2e.worker_process import WorkerProcess

START_MS = 1_700_000_000_000


def points(first: int, n: int) -> list[tuple[bytes, bytes]]:
    """Points of one series."""
    bodies = [
        {"series": "cpu", "timestamp": START_MS + at * 60_000, "value": 100.0 + at % 5}
        for at in range(first, first + n)
    ]
    return [(b"cpu", json.dumps(body).encode()) for body in bodies]


def scored(kafka: KafkaContainer, names: dict[str, str], n: int) -> list[int]:
    """Wait for `n` scores, and tell which points they are of."""
    scores = consume(kafka.bootstrap, names["scores_topic"], n)
    return [(json.loads(score.value)["timestamp"] - START_MS) // 60_000 for score in scores]


def make_worker(kafka: KafkaContainer, names: dict[str, str], tmp_path: Path) -> WorkerProcess:
    return WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, partitions=1, **names)


def test_the_markers_between_transactions_are_no_loss(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": names["app_id"]})
    producer.init_transactions(PATIENCE_S)
    worker = make_worker(kafka, names, tmp_path)
    with worker:
        for at in range(0, 50, 10):
            producer.begin_transaction()
            for key, value in points(at, 10):
                producer.produce(names["metrics_topic"], key=key, value=value)
            producer.commit_transaction(PATIENCE_S)
            assert scored(kafka, names, at + 10) == list(range(at + 10))
        assert worker.terminate()[0] == 0


def test_points_of_aborted_transactions_are_not_scored(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": names["app_id"]})
    producer.init_transactions(PATIENCE_S)
    with make_worker(kafka, names, tmp_path) as worker:
        producer.begin_transaction()
        for key, value in points(0, 60):
            producer.produce(names["metrics_topic"], key=key, value=value)
        producer.flush(PATIENCE_S)
        producer.abort_transaction(PATIENCE_S)
        producer.begin_transaction()
        for key, value in points(10, 10):
            producer.produce(names["metrics_topic"], key=key, value=value)
        producer.commit_transaction(PATIENCE_S)
        assert scored(kafka, names, 10) == list(range(10, 20))
        # The marker that ends the transaction is passed over before there is another gap behind it.
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        producer.begin_transaction()
        for key, value in points(20, 10):
            producer.produce(names["metrics_topic"], key=key, value=value)
        producer.flush(PATIENCE_S)
        producer.abort_transaction(PATIENCE_S)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert worker.terminate()[0] == 0
    assert scored(kafka, names, 10) == list(range(10, 20))


def lose(kafka: KafkaContainer, names: dict[str, str], worker: WorkerProcess, before: int) -> None:
    """Publish 50 points for a worker, and 50 more while it is away, of which those before an offset are deleted."""
    with worker:
        produce(kafka.bootstrap, names["metrics_topic"], points(0, 50))
        scored(kafka, names, 50)
        assert worker.terminate()[0] == 0
    produce(kafka.bootstrap, names["metrics_topic"], points(50, 50))
    with kafka.admin() as admin:
        admin.delete_records({TopicPartition(names["metrics_topic"], 0): before})


def test_what_retention_deleted_while_the_worker_was_away_is_counted_and_the_rest_is_scored(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    worker = make_worker(kafka, names, tmp_path)
    lose(kafka, names, worker, before=80)
    with worker:
        assert scored(kafka, names, 70) == [*range(50), *range(80, 100)]
        (told,) = [line for line in worker.lines() if line["event"] == "messages expired"]
        assert (told["first"], told["last"]) == (50, 79)
        assert "streamgauge_expired_messages_total 30.0" in worker.get("/metrics")[1]
        assert worker.terminate()[0] == 0


def test_what_retention_deleted_is_told_of_once_although_nothing_comes_after_it(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    worker = make_worker(kafka, names, tmp_path)
    lose(kafka, names, worker, before=100)
    with worker:
        wait_for(lambda: "messages expired" in worker.log.read_text() or None, "the loss to be told")
        assert worker.terminate()[0] == 0
    with worker:
        assert "messages expired" not in [line["event"] for line in worker.lines()]
