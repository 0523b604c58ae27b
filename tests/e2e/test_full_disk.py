"""A broker whose disk is full: Kafka ends it, and the worker goes on when it is back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.e2e.crowd import Crowd, Publisher
from tests.e2e.kafka_container import IMAGE, KafkaContainer
from tests.e2e.small_disk import SmallDisk
from tests.e2e.supervisor import Supervised
from tests.e2e.truth import wait_drained
from tests.e2e.undisturbed import MakeWorker, Names, compare_with_undisturbed

CROWD = Crowd(n_keys=100, n_points=120)


@pytest.fixture
def kafka(disk: SmallDisk) -> Iterator[KafkaContainer]:
    """Return a running broker on a small disk."""
    with disk.broker as running:
        yield running


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    """Return the disk of the test's broker."""
    with SmallDisk(KafkaContainer(IMAGE, tmp_path_factory.mktemp("kafka"))) as small:
        yield small


def test_a_full_disk_of_the_broker_changes_no_state_and_loses_no_episode(
    kafka: KafkaContainer, disk: SmallDisk, names: Names, make_worker: MakeWorker
) -> None:
    with Supervised(make_worker("patient")) as supervised:
        publisher = Publisher(CROWD.messages(), kafka.bootstrap, names["metrics_topic"], rate=1_500)
        time.sleep(3)
        disk.fill()
        disk.free()
        kafka.start_again()
        publisher.wait()
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert set(supervised.exit_codes) <= {75}
    compare_with_undisturbed(kafka, names, make_worker, CROWD.n_keys)
