from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from stream.cli import main
from stream.errors import TopicError
from stream.kafka.connection import connect
from stream.kafka.topics import creation
from stream.settings.settings import Settings
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.waiting import wait_for

N_TOPICS = 7
"""Points, anomalies, those of history, scores, dead letters, state, and control, which has one partition."""


def run(kafka: KafkaContainer, settings: dict[str, str], *arguments: str) -> tuple[int, str]:
    chosen = settings | {"brokers": kafka.bootstrap}
    environment = {f"STREAMGAUGE_{name.upper()}": value for name, value in chosen.items()}
    result = CliRunner().invoke(main, arguments, env=environment)
    code = result.exception.exit_code if isinstance(result.exception, TopicError) else result.exit_code
    return code, result.stdout


def test_create_makes_what_is_missing_and_check_is_content(kafka: KafkaContainer, names: dict[str, str]) -> None:
    _, created = run(kafka, names, "topics", "create", "--partitions", "3", "--json")
    topics = json.loads(created)
    assert [topic["n_partitions"] for topic in topics] == [3] * (N_TOPICS - 1) + [1]
    assert {(topic["created"], topic["n_replicas"]) for topic in topics} == {(True, 1)}
    code, checked = run(kafka, names, "topics", "check", "--json")
    assert (code, {finding["level"] for finding in json.loads(checked)}) == (0, {"ok"})


def test_create_keeps_what_is_there(kafka: KafkaContainer, names: dict[str, str]) -> None:
    run(kafka, names, "topics", "create", "--partitions", "3")
    _, text = run(kafka, names, "topics", "create", "--partitions", "5")
    assert [line.split()[0] for line in text.splitlines()] == ["kept"] * N_TOPICS
    assert "3 partitions" in text


def test_check_ends_with_6_when_topics_are_missing_that_a_worker_may_not_create(
    kafka: KafkaContainer, names: dict[str, str]
) -> None:
    code, text = run(kafka, names | {"create_topics": "false"}, "topics", "check")
    assert code == 6
    assert f"topic {names['metrics_topic']} is not there: `streamgauge topics create` with the same" in text


def test_check_only_warns_of_missing_topics_that_a_worker_creates(kafka: KafkaContainer, names: dict[str, str]) -> None:
    code, text = run(kafka, names, "topics", "check")
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()] == ["warn"] * N_TOPICS


def test_a_changelog_follows_the_partitions_of_the_source_that_is_there(
    kafka: KafkaContainer, names: dict[str, str]
) -> None:
    settings = Settings.load(None, brokers=kafka.bootstrap, **names)
    with connect(settings) as admin:
        admin.create_topics({settings.metrics_topic: {"num_partitions": 2, "replication_factor": 1}})
        admin.wait_for_topics([settings.metrics_topic])
        assert creation.ensure(admin, settings) == 2
        assert creation.count_partitions(admin, settings)[settings.changelog_topic] == 2


def test_a_source_that_was_given_more_partitions_is_refused(kafka: KafkaContainer, names: dict[str, str]) -> None:
    settings = Settings.load(None, brokers=kafka.bootstrap, partitions=2, **names)
    with connect(settings) as admin:
        creation.create(admin, settings)
        admin.create_partitions({settings.metrics_topic: 4})
        wait_for(
            lambda: creation.count_partitions(admin, settings)[settings.metrics_topic] == 4 or None,
            "the new partitions",
        )
        with pytest.raises(TopicError, match=r"has 2 partitions, metrics-\w+ has 4; expected as many"):
            creation.ensure(admin, settings)


def test_missing_topics_are_not_created_where_that_is_not_allowed(kafka: KafkaContainer, names: dict[str, str]) -> None:
    settings = Settings.load(None, brokers=kafka.bootstrap, create_topics=False, **names)
    with connect(settings) as admin, pytest.raises(TopicError, match="is not there"):
        creation.ensure(admin, settings)


def test_more_replicas_than_brokers_are_refused_with_the_broker_s_reason(
    kafka: KafkaContainer, names: dict[str, str]
) -> None:
    settings = Settings.load(None, brokers=kafka.bootstrap, replication_factor=3, **names)
    with connect(settings) as admin, pytest.raises(TopicError, match=r"3 replicas: .*STREAMGAUGE_REPLICATION_FACTOR"):
        creation.create(admin, settings)


def test_a_topic_that_is_required_and_missing_is_named(kafka: KafkaContainer, names: dict[str, str]) -> None:
    with connect(Settings(brokers=kafka.bootstrap)) as admin, pytest.raises(TopicError, match="is not there"):
        creation.require(admin, names["metrics_topic"], Settings())


def test_the_doctor_finds_a_prepared_broker_well_and_an_unprepared_one_not(
    kafka: KafkaContainer, names: dict[str, str]
) -> None:
    assert run(kafka, names | {"create_topics": "false"}, "doctor")[0] == 6
    run(kafka, names, "topics", "create")
    code, text = run(kafka, names, "doctor", "--json")
    findings = {finding["about"]: finding for finding in json.loads(text)}
    assert code == 0
    about = {"settings", "versions", "model", "broker", "login", "clock", "topics", "replicas", "dlq", "group"}
    assert set(findings) == about
    assert "Kafka 4" in findings["broker"]["text"]
    assert "against the broker's" in findings["clock"]["text"]
