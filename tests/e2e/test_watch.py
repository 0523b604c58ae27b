"""The command `watch` as a process of its own, against a real broker."""

from __future__ import annotations

import json

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from stream.events.episodes import EpisodeEvent, encode_episode, episode_headers
from tests.e2e.commands import Commands
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import produce
from tests.e2e.waiting import PATIENCE_S, wait_for
from tests.unit.formats.make import episode


def events(n_episodes: int) -> list[EpisodeEvent]:
    """Open and close episodes of as many series."""
    opened = [episode(series=f"host-{i}/cpu", episode=f"{i:032x}") for i in range(n_episodes)]
    closed = [episode(series=e.series, episode=e.episode, state="close", end=e.timestamp) for e in opened]
    return [event for pair in zip(opened, closed, strict=True) for event in pair]


def publish(kafka: KafkaContainer, topic: str, published: list[EpisodeEvent], partition: int | None = None) -> None:
    """Send events as the worker does."""
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for event in published:
            producer.send(
                topic,
                value=encode_episode(event),
                key=event.series.encode(),
                headers=episode_headers(event),
                partition=partition,
            )
        producer.flush()


def test_json_is_every_event_as_it_is_on_the_topic_repeats_included(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    published = events(3) + events(1)
    publish(kafka, names["anomalies_topic"], published)
    result = commands.run("watch", "--json", "--from", "beginning", "--max", "8")
    assert sorted(result.stdout.splitlines()) == sorted(encode_episode(event).decode() for event in published)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_table_has_every_episode_once(commands: Commands, kafka: KafkaContainer, names: dict[str, str]) -> None:
    publish(kafka, names["anomalies_topic"], events(3) + events(1))
    result = commands.run("watch", "--from", "beginning", "--for", "5")
    rows = [line for line in result.stdout.splitlines() if line.endswith("/cpu")]
    assert sorted(row.split()[-1] for row in rows) == [f"host-{i}/cpu" for i in range(3)]
    assert "3 episodes, 0 open, 2 repeated events left out" in result.stdout


def test_a_pattern_chooses_series_and_what_is_no_event_is_counted(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    produce(kafka.bootstrap, names["anomalies_topic"], [(b"host-1/cpu", b"{}"), (b"host-1/cpu", None)])
    publish(kafka, names["anomalies_topic"], events(12))
    result = commands.run("watch", "--json", "--from", "beginning", "--series", "host-1?/*", "--for", "5")
    series = [json.loads(line)["series"] for line in result.stdout.splitlines()]
    assert sorted(series) == ["host-10/cpu"] * 2 + ["host-11/cpu"] * 2
    assert result.stderr == "skipped 2 records that are no events of streamgauge\n"


@pytest.mark.parametrize("start", ["latest", "2100-01-01T00:00:00+01:00"])
def test_from_latest_or_a_later_time_passes_over_what_was_there(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str], start: str
) -> None:
    topic = names["anomalies_topic"]
    publish(kafka, topic, events(2))
    process = commands.start("watch", "--json", "--from", start, "--max", "1")

    def ended() -> int | None:
        publish(kafka, topic, [episode(series="new")])
        return process.poll()

    wait_for(ended, "the end of a command that has seen an event")
    assert json.loads(process.communicate()[0])["series"] == "new"


def test_from_a_time_begins_with_what_was_published_since(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    publish(kafka, names["anomalies_topic"], events(2))
    result = commands.run("watch", "--json", "--from", "2020-01-01", "--max", "4")
    assert len(result.stdout.splitlines()) == 4


def test_a_partition_that_is_added_is_followed_and_no_group_is_joined(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    topic = names["anomalies_topic"]
    process = commands.start("watch", "--json", "--from", "beginning", "--max", "2")
    publish(kafka, topic, [episode(series="old")])
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["series"] == "old"
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        groups = admin.list_groups()
        admin.create_partitions({topic: 4})
        admin.wait_for_topics([topic])
    publish(kafka, topic, [episode(series="new")], partition=3)
    assert json.loads(process.communicate(timeout=PATIENCE_S)[0])["series"] == "new"
    assert not any(group["group_id"] == names["app_id"] for group in groups)
