"""What changes around a running worker is noticed within 30 seconds."""

from __future__ import annotations

from stream.kafka import group
from stream.kafka.connection import connect
from stream.settings.settings import Settings
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.quiet_series import publish
from tests.e2e.truth import wait_drained
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.waiting import wait_for


def test_partitions_that_are_raised_end_the_worker_within_30_seconds(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    with make_worker("owner", partitions="2") as worker:
        publish(kafka, names["metrics_topic"], 0, 10, ["host-0", "host-1"])
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        with kafka.admin() as admin:
            admin.create_partitions({names["metrics_topic"]: 4})
        assert worker.exit_code(30) == 6
        (line,) = worker.events("giving up")
        assert f"{names['metrics_topic']} has 4; expected as many" in line["why"]


def test_a_second_worker_with_other_settings_is_told_at_its_start(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    with make_worker("first", warmup="40") as first, make_worker("second", warmup="80") as second:
        (line,) = wait_for(lambda: second.events("workers differ") or None, "a warning")
        assert (second.terminate()[0], first.terminate()[0]) == (0, 0)
    with connect(Settings(brokers=kafka.bootstrap)) as admin:  # Static members stay until their session ends.
        wait_for(lambda: not group.client_ids(admin, names["app_id"]) or None, "an empty group")
    assert line["level"] == "warning"
    assert "warmup 40" in line["text"]
    assert "warmup 80" in line["text"]
    with make_worker("third", warmup="80") as third:
        assert third.events("workers differ") == []
