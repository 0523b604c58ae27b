"""From a real collectd over Kafka to an episode, with one process and no setting but where things are."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from kafka import KafkaAdminClient

from stream.settings.worker import DetectorSettings
from tests.e2e.collectd import INTERVAL_S, collectd, install
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import WorkerProcess

SERIES = 'filecount_files{host="host-7",plugin_instance="spool"}'
WARMUP = DetectorSettings.model_fields["warmup"].default


def fill(spool: Path, name: str, n: int) -> None:
    """Add files to the folder."""
    for number in range(n):
        (spool / f"{name}-{number}").touch()


def has_scored(worker: WorkerProcess) -> bool | None:
    """Tell whether a series is past its warm-up."""
    return worker.metric("streamgauge_scored_total") > 0 or None


def test_a_spool_that_fills_up_becomes_an_episode(
    repository: Path, kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    install(repository)
    topic, spool = f"collectd-{names['app_id']}", tmp_path / "spool"
    spool.mkdir()
    fill(spool, "usual", 3)
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        admin.create_topics({topic: {"num_partitions": 3, "replication_factor": 1, "configs": {}}})
        admin.wait_for_topics([topic])
    worker = WorkerProcess(tmp_path / "worker.log", "--ingest", topic, brokers=kafka.bootstrap, **names)
    with collectd(tmp_path, spool, kafka.bootstrap, topic), worker:
        wait_for(partial(has_scored, worker), f"a score after {WARMUP} points, {WARMUP * INTERVAL_S:g} s", 90)
        fill(spool, "stuck", 200)
        # Where collectd counts while the spool is being filled, the event is followed by a worse one.
        event, *_ = (json.loads(record.value) for record in consume(kafka.bootstrap, names["anomalies_topic"], 1))
        n_points = worker.metric("streamgauge_ingest_points_total")
        code, _ = worker.terminate()
    assert event["series"] == SERIES
    assert event["state"] == "open"
    assert n_points > WARMUP
    assert code == 0
    assert [(line["topic"], line["format"]) for line in worker.events("format found")] == [(topic, "collectd-json")]
    assert {line["event"] for line in worker.lines()} >= {"reading", "reading points", "stopped"}
