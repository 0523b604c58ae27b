"""Stalls of Kafka that a worker rides out: a broker that is paused, a leader that is killed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from stream.cli.doctor.group import examine_replication
from tests.e2e.crowd import Crowd, Publisher
from tests.e2e.kafka_cluster import KafkaCluster
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.truth import read_all, wait_drained
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import WorkerProcess

KILLS = int(os.environ.get("STREAMGAUGE_TEST_KILLS", "2"))
"""Leaders that are killed in turn: two in the daily run, five and more by hand."""

PAUSE_S = 7.0
"""Of a session of 10 s."""


def test_a_pause_of_the_broker_is_ridden_out_and_readyz_says_what_is_waited_for(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    crowd = Crowd(n_keys=200, n_points=60)
    with make_worker("patient", session_timeout_s="10") as worker:
        publisher = Publisher(crowd.messages(), kafka.bootstrap, names["metrics_topic"], rate=1_500)
        time.sleep(2)
        kafka.pause()
        started = time.monotonic()
        try:
            status, answer = wait_for(lambda: not_ready(worker), "a red /readyz", 6)
            time.sleep(max(0.0, started + PAUSE_S - time.monotonic()))
        finally:
            kafka.resume()
        assert status == 503
        assert any(what in answer for what in ("acknowledgement", "group coordinator", "room to send"))
        worker.wait_ready()
        publisher.wait()
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert worker.process.poll() is None
        events = [line["event"] for line in worker.lines()]
        assert events.index("waiting for Kafka") < events.index("Kafka answers again")
        assert "giving up" not in events
    assert_scored_once(kafka.bootstrap, names["scores_topic"], crowd)


def assert_scored_once(bootstrap: str, topic: str, crowd: Crowd) -> None:
    """Hold that every point has a score and those that came twice came the same: no state was lost or doubled."""
    scores = {(score.key, score.value) for score in read_all(bootstrap, topic)}
    assert len(scores) == crowd.n_keys * crowd.n_points


def not_ready(worker: WorkerProcess) -> tuple[int, str] | None:
    try:
        status, answer = worker.get("/readyz")
    except OSError:
        return None
    return None if status == 200 else (status, answer)


def assert_doctor_tells_of_replicas(cluster: KafkaCluster, topics: list[str], alone: str) -> None:
    """Check what the doctor says of topics with three copies, and of another that has one."""
    with KafkaAdminClient(bootstrap_servers=cluster.bootstrap) as admin:
        assert examine_replication(admin, topics).level == "ok"
        admin.create_topics({alone: {"num_partitions": 1, "replication_factor": 1}})
        admin.wait_for_topics([alone])
        finding = examine_replication(admin, [*topics, alone])
    assert finding.level == "warn"
    assert f"would stop the worker: {alone} (1 replica, min.insync.replicas=2);" in finding.text


@pytest.mark.timeout(300 * KILLS)
def test_leaders_that_are_killed_under_load_restart_no_worker_and_lose_no_point(names: Names, tmp_path: Path) -> None:
    image = os.environ.get("KAFKA_IMAGE", "apache/kafka:4.1.0")
    crowd = Crowd(n_keys=200, n_points=50 * KILLS)
    settings = names | {"partitions": "4", "replication_factor": "3", "warmup": "40", "checkpoint_interval_s": "0.5"}
    with KafkaCluster(image) as cluster:
        first, second = (
            WorkerProcess(tmp_path / f"{name}.log", brokers=cluster.bootstrap, **settings)
            for name in ("first", "second")
        )
        with first, second:
            publisher = Publisher(crowd.messages(), cluster.bootstrap, names["metrics_topic"], rate=400)
            topics = [names["metrics_topic"], names["app_id"] + "-state-changelog", "__consumer_offsets"]
            assert_doctor_tells_of_replicas(cluster, topics, f"{names['app_id']}-alone")
            for number in range(KILLS):
                time.sleep(3)
                node = cluster.leader(topics[number % len(topics)])
                cluster.kill(node)
                time.sleep(10)
                cluster.start_again(node)
                cluster.wait_complete(*topics, names["scores_topic"])
            publisher.wait()
            wait_drained(cluster.bootstrap, names["metrics_topic"], names["app_id"])
            for worker in (first, second):
                assert [line for line in worker.lines() if line["event"] == "giving up"] == []
                assert worker.process.poll() is None
        assert_scored_once(cluster.bootstrap, names["scores_topic"], crowd)
