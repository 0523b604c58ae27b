"""The formats that were found: one for all processes, kept, and forgotten when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from kafka import KafkaProducer

from stream.ingest.format_records import FormatRecords, formats_topic
from stream.kafka.clients import producer_options
from stream.kafka.embedded import EmbeddedBroker
from stream.kafka.follower import Follower
from stream.settings.settings import Settings


@pytest.fixture
def settings() -> Iterator[Settings]:
    with EmbeddedBroker() as broker:
        chosen = broker.with_topics(Settings())
        yield broker.with_topics(Settings(metrics_topic=formats_topic(chosen))).model_copy(
            update={"metrics_topic": "metrics"}
        )


def write(settings: Settings, *formats: str | None) -> None:
    """Write records of the topic telegraf, as processes that know nothing of each other."""
    with KafkaProducer(**producer_options(settings)) as producer:
        for found in formats:
            value = None if found is None else json.dumps({"format": found}).encode()
            producer.send(formats_topic(settings), value, b"telegraf").get(10)


def last(settings: Settings) -> str:
    """Give what compaction would leave."""
    with Follower(settings, formats_topic(settings), "beginning") as follower:
        records = [record.value for record in follower.catch_up()]
    return str(json.loads(records[-1])["format"])


def test_the_first_that_finds_a_format_decides_for_all(settings: Settings) -> None:
    one, other = FormatRecords(settings), FormatRecords(settings)
    assert one.agree("telegraf", "influx") == "influx"
    assert other.agree("telegraf", "graphite") == "influx"
    assert other.agree("statsd", "statsd") == "statsd"
    assert FormatRecords(settings).read() == {"telegraf": "influx", "statsd": "statsd"}


def test_of_two_that_write_at_once_the_first_counts_and_compaction_cannot_change_that(settings: Settings) -> None:
    write(settings, "influx", "graphite")
    assert FormatRecords(settings).read() == {"telegraf": "influx"}
    assert last(settings) == "influx"


def test_a_format_that_is_reset_is_found_anew(settings: Settings) -> None:
    records = FormatRecords(settings)
    assert not records.reset("telegraf")
    write(settings, "influx")
    assert records.reset("telegraf")
    assert records.agree("telegraf", "graphite") == "graphite"


def test_records_that_mean_nothing_here_are_passed_over(settings: Settings) -> None:
    write(settings, "a-format-of-a-later-version", "influx")
    assert FormatRecords(settings).read() == {"telegraf": "influx"}
