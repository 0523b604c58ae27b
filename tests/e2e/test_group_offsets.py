"""Committed offsets that somebody has moved, and a second application under one id."""

from __future__ import annotations

from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.quiet_series import publish
from tests.e2e.records import produce
from tests.e2e.truth import final_states, read_all, wait_drained
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.waiting import wait_for

SERIES = [f"host-{n}" for n in range(6)]


def test_a_group_that_is_reset_to_the_beginning_replays_everything_and_changes_nothing(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    metrics, changelog = names["metrics_topic"], names["app_id"] + "-state-changelog"
    worker = make_worker("owner")
    with worker:
        publish(kafka, metrics, 0, 60, SERIES)
        wait_drained(kafka.bootstrap, metrics, names["app_id"])
        assert worker.terminate()[0] == 0
    states, scores = final_states(kafka.bootstrap, changelog), read_all(kafka.bootstrap, names["scores_topic"])
    with kafka.admin() as admin:
        wait_for(lambda: None if members(admin, names["app_id"]) else True, "an empty group")
        parts = {TopicPartition(metrics, n): OffsetAndMetadata(0, "", -1) for n in range(4)}
        admin.alter_group_offsets(names["app_id"], parts)
    with worker:
        wait_drained(kafka.bootstrap, metrics, names["app_id"])
        assert worker.metric("streamgauge_replayed_messages_total") == 60 * len(SERIES)
        assert worker.terminate()[0] == 0
    assert final_states(kafka.bootstrap, changelog) == states
    assert len(read_all(kafka.bootstrap, names["scores_topic"])) == len(scores) == 60 * len(SERIES)


def members(admin: object, group: str) -> list[object]:
    described = admin.describe_groups([group])  # type: ignore
    return list(described[group]["members"])
