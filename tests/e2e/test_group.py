"""The consumer group as others leave it: in use by a foreign consumer, or closed to us."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kafka import KafkaConsumer
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.waiting import PATIENCE_S
from tests.e2e.worker_process import WorkerProcess


@contextmanager
def foreign_consumer(kafka: KafkaContainer, topic: str, group: str) -> Iterator[None]:
    """Read a topic with kafka-python under a group id, until the block ends."""
    over, assigned = threading.Event(), threading.Event()

    def read() -> None:
        # A consumer that does not know the new topic yet is assigned nothing until it asks again.
        client = {"bootstrap_servers": kafka.bootstrap, "group_id": group, "metadata_max_age_ms": 1_000}
        with KafkaConsumer(topic, **client) as consumer:
            while not over.is_set():
                consumer.poll(timeout_ms=1_000)
                if consumer.assignment():
                    assigned.set()

    thread = threading.Thread(target=read)
    thread.start()
    try:
        assert assigned.wait(PATIENCE_S)
        yield
    finally:
        over.set()
        thread.join()


def test_a_foreign_consumer_in_the_group_ends_the_worker_with_6_and_a_sentence(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    kafka.create_topic(names["metrics_topic"])
    worker = WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, **names)
    with foreign_consumer(kafka, names["metrics_topic"], names["app_id"]):
        worker.start()
        assert worker.exit_code() == 6
    assert f"group {names['app_id']} is in use by another kind of consumer" in worker.log.read_text()


def test_a_group_that_we_have_no_right_to_ends_the_worker_with_4_and_a_sentence(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    with kafka.admin() as admin:
        group = ResourcePattern(ResourceType.GROUP, names["app_id"])
        admin.create_acls([ACL(f"User:{kafka.user}", "*", ACLOperation.READ, ACLPermissionType.DENY, group)])
    login = {
        "brokers": kafka.secure_bootstrap,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_username": kafka.user,
        "sasl_password": kafka.password,
        "ssl_cafile": str(kafka.ca_file),
    }
    worker = WorkerProcess(tmp_path / "worker.log", **login, **names)
    worker.start()
    assert worker.exit_code() == 4
    assert f"group {names['app_id']}: the broker refuses this user" in worker.log.read_text()
