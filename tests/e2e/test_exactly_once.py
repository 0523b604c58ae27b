"""State exactly once, events at least once with stable ids: through kill -9, joins and leaves, and a broker's crash."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.crowd import N_KEYS, WARMUP, Publisher
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.supervisor import Supervised
from tests.e2e.truth import events_by_id, final_states, wait_drained
from tests.e2e.worker_process import WorkerProcess

RATE = 3_000.0
"""Points a second: the crowd takes 20 s, long enough for every fault to hit a worker at work."""

Names = dict[str, str]
MakeWorker = Callable[..., WorkerProcess]


@pytest.fixture
def make_worker(kafka: KafkaContainer, names: Names, tmp_path: Path) -> MakeWorker:
    def make(name: str, **settings: str) -> WorkerProcess:
        chosen = names | {"warmup": str(WARMUP), "partitions": "4", "session_timeout_s": "6", **settings}
        return WorkerProcess(
            tmp_path / f"{name}.log",
            brokers=kafka.bootstrap,
            heartbeat_interval_s=1,
            checkpoint_interval_s=0.5,
            instance_id=name,
            **chosen,
        )

    return make


def compare_with_undisturbed(kafka: KafkaContainer, names: Names, make_worker: MakeWorker) -> None:
    """Run an undisturbed worker over the same points and hold the other's states and events against its own."""
    calm = {"app_id": names["app_id"] + "-calm", "anomalies_topic": names["anomalies_topic"] + "-calm"}
    with make_worker("calm", **calm):
        wait_drained(kafka.bootstrap, names["metrics_topic"], calm["app_id"])
    expected = final_states(kafka.bootstrap, calm["app_id"] + "-state-changelog")
    found = final_states(kafka.bootstrap, names["app_id"] + "-state-changelog")
    assert len(expected) == N_KEYS
    assert [key for key in expected if found.get(key) != expected[key]] == []
    events = events_by_id(kafka.bootstrap, calm["anomalies_topic"])
    repeats = events_by_id(kafka.bootstrap, names["anomalies_topic"])
    assert len(events) > 20
    assert repeats == events


def test_four_kills_at_random_moments_change_no_state_and_lose_no_episode(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    moments = random.Random(4)
    worker = make_worker("victim")
    worker.start()
    worker.wait_ready()
    publisher = Publisher(kafka.bootstrap, names["metrics_topic"], RATE)
    for _ in range(4):
        time.sleep(moments.uniform(0.5, 2.5))
        worker.kill9()
        worker.start()
        worker.wait_ready()
    publisher.wait()
    with worker:
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
    compare_with_undisturbed(kafka, names, make_worker)


def test_two_workers_joining_and_leaving_change_no_state_and_lose_no_episode(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    with Supervised(make_worker("stays")):
        publisher = Publisher(kafka.bootstrap, names["metrics_topic"], RATE)
        for name in ("first guest", "second guest"):
            with make_worker(name.replace(" ", "-")) as guest:
                time.sleep(2)
                code, _ = guest.terminate()
                assert code == 0
        publisher.wait()
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
    compare_with_undisturbed(kafka, names, make_worker)


def test_a_broker_that_crashes_and_comes_back_changes_no_state_and_loses_no_episode(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    with Supervised(make_worker("patient")) as supervised:
        publisher = Publisher(kafka.bootstrap, names["metrics_topic"], RATE)
        time.sleep(3)
        kafka.restart_after_kill()
        publisher.wait()
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert set(supervised.exit_codes) <= {75}
    compare_with_undisturbed(kafka, names, make_worker)
