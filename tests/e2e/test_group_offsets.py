"""Committed offsets that somebody has moved, and a second application under one id."""

from __future__ import annotations

from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from stream.kafka import group
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.quiet_series import publish, scored_series
from tests.e2e.supervisor import Supervised
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
        wait_for(lambda: not group.client_ids(admin, names["app_id"]) or None, "an empty group")
        beginning = {TopicPartition(metrics, number): OffsetAndMetadata(0, "", -1) for number in range(4)}
        admin.alter_group_offsets(names["app_id"], beginning)
    with worker:
        wait_drained(kafka.bootstrap, metrics, names["app_id"])
        assert worker.metric("streamgauge_replayed_messages_total") == 60 * len(SERIES)
        assert worker.terminate()[0] == 0
    assert final_states(kafka.bootstrap, changelog) == states
    assert len(read_all(kafka.bootstrap, names["scores_topic"])) == len(scores) == 60 * len(SERIES)


def test_a_second_application_under_the_same_id_is_refused_and_the_first_goes_on(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    other = names["metrics_topic"] + "-other"
    with Supervised(make_worker("first")) as first:
        publish(kafka, names["metrics_topic"], 0, 60, SERIES)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        second = make_worker("second", metrics_topic=other)
        second.start()
        assert second.exit_code() == 11
        publish(kafka, names["metrics_topic"], 60, 60, SERIES)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert set(first.exit_codes) <= {75}
    assert other in second.log.read_text()
    assert scored_series(kafka, names["scores_topic"], 119) == dict.fromkeys(SERIES, True)
