"""A topic whose senders compress by every codec: the worker scores all points, and the commands read them too."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from confluent_kafka import Producer

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.waiting import PATIENCE_S, wait_for
from tests.e2e.worker_process import COMMAND, WorkerProcess

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
N_POINTS = 200
"""Of each codec."""


def send(kafka: KafkaContainer, topic: str) -> None:
    """Send the points of one series by librdkafka, some by each codec, and a message that cannot be read."""
    for number, codec in enumerate(CODECS):
        producer = Producer({"bootstrap.servers": kafka.bootstrap, "compression.type": codec, "linger.ms": 200})
        for at in range(number * N_POINTS, (number + 1) * N_POINTS):
            point = {"series": "cpu", "timestamp": 1_764_000_000_000 + at * 60_000, "value": 100.0 + at % 7}
            producer.produce(topic, key=b"cpu", value=json.dumps(point).encode())
        producer.produce(topic, key=b"cpu", value=b"%s is no JSON " % codec.encode() * 100)
        assert producer.flush(PATIENCE_S) == 0


def test_worker_doctor_and_dlq_read_points_of_every_codec(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    n_points = N_POINTS * len(CODECS)
    with WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, **names) as worker:
        send(kafka, names["metrics_topic"])
        wait_for(lambda: worker.metric("streamgauge_points_total") == n_points or None, "points of every codec")
        ran = [
            subprocess.run(
                [COMMAND, *words, "--json"], check=False, env=worker.environment, cwd=tmp_path, capture_output=True
            )
            for words in (("doctor", "--series", "cpu"), ("dlq", "list"))
        ]
        assert worker.terminate()[0] == 0
    doctor, dlq = (json.loads(each.stdout) for each in ran)
    assert any(f"cpu: {n_points:,} points" in found["text"] for found in doctor)
    assert [(each["reason"], each["messages"]) for each in dlq] == [("not_json", len(CODECS))]
