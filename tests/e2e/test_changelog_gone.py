"""Committed offsets beside an empty changelog: told before anything is forgotten; a new application is none of it."""

from __future__ import annotations

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.quiet_series import publish, scored_series
from tests.e2e.records import produce
from tests.e2e.truth import wait_drained
from tests.e2e.undisturbed import MakeWorker, Names

SERIES = [f"host-{n}" for n in range(6)]


def test_a_changelog_that_was_deleted_ends_the_worker_unless_it_may_start_afresh(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    changelog = names["app_id"] + "-state-changelog"
    worker = make_worker("owner")
    with worker:
        publish(kafka, names["metrics_topic"], 0, 60, SERIES)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert worker.terminate()[0] == 0
    with kafka.admin() as admin:
        admin.delete_topics([changelog])
    worker.start()
    assert worker.exit_code() == 11
    text = worker.log.read_text()
    assert changelog in text
    assert "--start-afresh" in text
    with make_worker("owner", start_afresh="true") as afresh:
        publish(kafka, names["metrics_topic"], 60, 5, SERIES)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        assert afresh.terminate()[0] == 0
    assert scored_series(kafka, names["scores_topic"], 64) == dict.fromkeys(SERIES, False)
    with worker:
        pass


def test_a_worker_that_has_only_seen_bad_messages_starts_again(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    worker = make_worker("owner", partitions="1")
    for _ in range(2):
        with worker:
            produce(kafka.bootstrap, names["metrics_topic"], [(b"cpu", b"no point")])
            wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
            assert worker.terminate()[0] == 0
