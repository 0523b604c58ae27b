"""Several ingests of one group, a pattern of topics, and a broker that pauses: every point is written."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path

from kafka import KafkaAdminClient

from tests.e2e.ingest_process import IngestProcess
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.ports import free_ports
from tests.e2e.records import produce
from tests.e2e.test_ingest import Points, wait_for_points
from tests.e2e.waiting import wait_for

N_SERIES = 20
PAUSE_S = 8.0
"""Longer than the session of the group, 6 s."""


def create(kafka: KafkaContainer, topic: str) -> None:
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        admin.create_topics({topic: {"num_partitions": 3, "replication_factor": 1, "configs": {}}})
        admin.wait_for_topics([topic])


def publish(kafka: KafkaContainer, topic: str, second: int) -> Points:
    """Write a message for each series; return the points that they mean."""
    timestamp = 1_795_466_329 + second
    hosts = [f"{topic}-{number}" for number in range(N_SERIES)]
    metrics = [
        {"name": "cpu", "tags": {"host": host}, "timestamp": timestamp, "fields": {"n": number}}
        for number, host in enumerate(hosts)
    ]
    produce(kafka.bootstrap, topic, [(None, json.dumps(metric).encode()) for metric in metrics])
    return {(f'cpu_n{{host="{host}"}}', 1000 * timestamp, float(number)) for number, host in enumerate(hosts)}


def reads(ingest: IngestProcess, n_partitions: int) -> bool | None:
    """Check how many partitions an ingest reads since the last rebalance."""
    lines = ingest.lines("reading")
    return (bool(lines) and lines[-1]["n_partitions"] == n_partitions) or None


def status(port: int, path: str) -> int | None:
    """Return the status of a probe; None until it answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return int(answer.status)
    except OSError:
        return None


def test_topics_that_match_a_pattern_are_read_by_all_of_a_group_and_a_pause_of_the_broker_loses_nothing(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    old, new = (f"{name}-{names['app_id']}" for name in ("old", "new"))
    create(kafka, old)
    meant = publish(kafka, old, 0)
    common = {"brokers": kafka.bootstrap, "partitions": "3", "future_tolerance_s": "1e9", **names}
    pattern, (port,) = f"*-{names['app_id']}=telegraf-json", free_ports(1)
    one = IngestProcess(tmp_path / "one.log", pattern, **common, health_port=port)
    other = IngestProcess(tmp_path / "other.log", pattern, **common)
    with one:
        wait_for_points(kafka, names["metrics_topic"], meant)
        assert (status(port, "/readyz"), status(port, "/livez"), status(port, "/metrics")) == (200, 200, 200)
        create(kafka, new)
        meant |= publish(kafka, new, 0)
        with other:
            wait_for(lambda: reads(one, 3) and reads(other, 3), "six partitions, shared by two")
            meant |= publish(kafka, old, 1) | publish(kafka, new, 1)
            wait_for_points(kafka, names["metrics_topic"], meant)
            assert one.terminate() == 0
            wait_for(lambda: reads(other, 6), "the partitions of the one that left")
            kafka.pause()
            time.sleep(PAUSE_S)
            kafka.resume()
            meant |= publish(kafka, old, 2) | publish(kafka, new, 2)
            wait_for_points(kafka, names["metrics_topic"], meant)
            assert other.terminate() == 0
    assert other.lines("giving up") == []
