"""Bad messages between good ones: dead-lettered with their reason, the good ones scored as if nothing had happened."""

from __future__ import annotations

import json
from pathlib import Path

from confluent_kafka import Producer

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.poison import POISON, SERIES
from tests.e2e.records import consume
from tests.e2e.waiting import PATIENCE_S
from tests.e2e.worker_process import WorkerProcess
from tests.unit.formats import feature_poison

BAD = POISON | {
    f"feature: {name}": (feature_poison.KEY, value, reason)
    for name, (value, reason) in feature_poison.MODEL_OF_ANY_FEATURES.items()
}
START_MS = 1_404_172_800_000
STEP_MS = 60_000


def good(at: int) -> tuple[bytes, bytes]:
    body = {"series": SERIES, "timestamp": START_MS + at * STEP_MS, "value": 100.0 + at % 7}
    return SERIES.encode(), json.dumps(body).encode()


def publish(bootstrap: str, topic: str, records: list[tuple[bytes | None, bytes | None]]) -> None:
    """Send with librdkafka: kafka-python refuses a message of neither key nor value."""
    producer = Producer({"bootstrap.servers": bootstrap})
    for key, value in records:
        producer.produce(topic, key=key, value=value)
    assert producer.flush(PATIENCE_S) == 0


def test_every_bad_message_is_put_aside_and_its_neighbours_are_scored(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    records: list[tuple[bytes | None, bytes | None]] = [good(0)]
    for at, (key, value, _) in enumerate(BAD.values(), start=1):
        records += [(key, value), good(at)]
    worker = WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, warmup=20, partitions=1, **names)
    with worker:
        publish(kafka.bootstrap, names["metrics_topic"], records)
        letters = consume(kafka.bootstrap, names["dead_letter_topic"], len(BAD))
        scores = consume(kafka.bootstrap, names["scores_topic"], len(BAD) + 1)
        metrics = worker.get("/metrics")[1]
    expected_bytes = [(key, b"" if key is value is None else value) for key, value, _ in BAD.values()]
    assert [(letter.key, letter.value) for letter in letters] == expected_bytes
    headers = [dict(letter.headers) for letter in letters]
    assert [found["streamgauge.reason"].decode() for found in headers] == [reason for _, _, reason in BAD.values()]
    assert [int(found["streamgauge.offset"]) for found in headers] == [2 * n + 1 for n in range(len(BAD))]
    assert {(found["streamgauge.topic"].decode(), found["streamgauge.partition"]) for found in headers} == {
        (names["metrics_topic"], b"0")
    }
    expected = [START_MS + at * STEP_MS for at in range(len(BAD) + 1)]
    assert [json.loads(score.value)["timestamp"] for score in scores] == expected
    assert {json.loads(score.value)["state"] for score in scores[20:]} <= {"normal", "anomalous"}
    assert sum(line["event"] == "starting" for line in worker.lines()) == 1
    assert f"streamgauge_points_total {len(BAD) + 1}.0" in metrics
