"""Dead letters where they cannot be delivered."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import WorkerProcess

def point(at: int) -> tuple[bytes, bytes]:
    body = {"series": "cpu", "timestamp": 1_700_000_000_000 + at * 60_000, "value": 100.0 + at % 5}
    return b"cpu", json.dumps(body).encode()


def make_worker(kafka: KafkaContainer, names: dict[str, str], tmp_path: Path) -> WorkerProcess:
    return WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, partitions=1, **names)


def tells_of_the_hang(worker: WorkerProcess, names: dict[str, str]) -> bool:
    waiting_for = json.loads(worker.get("/readyz")[1])["waiting_for"] or ""
    return names["dead_letter_topic"] in waiting_for and 'lag{partition="0"} 101.0' in worker.get("/metrics")[1]


def test_a_dead_letter_topic_that_is_gone_ends_the_worker_within_seconds_with_its_name(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    worker = make_worker(kafka, names, tmp_path)
    with worker:
        with kafka.admin() as admin:
            admin.delete_topics([names["dead_letter_topic"]])
        produce(kafka.bootstrap, names["metrics_topic"], [(b"cpu", b"no JSON")])
        time.sleep(1)
        produce(kafka.bootstrap, names["metrics_topic"], [point(at) for at in range(100)])
        wait_for(
            lambda: tells_of_the_hang(worker, names) or None, "a /readyz with the topic, and a lag that goes on", 15
        )
        assert worker.exit_code(30) == 75
        (told,) = [line for line in worker.lines() if line["event"] == "giving up"]
    assert told["topic"] == names["dead_letter_topic"]
    assert "not on the broker" in told["cause"]
    with worker:
        (letter,) = consume(kafka.bootstrap, names["dead_letter_topic"], 1)
        assert letter.value == b"no JSON"
        consume(kafka.bootstrap, names["scores_topic"], 100)
