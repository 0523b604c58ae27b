from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from stream.errors import SettingsError
from stream.kafka.clients import consumer_options, producer_options
from stream.kafka.connection import connect
from stream.kafka.embedded import EmbeddedBroker
from stream.kafka.topics import creation
from stream.settings.settings import Settings


@pytest.fixture
def settings() -> Iterator[Settings]:
    with EmbeddedBroker() as broker:
        yield broker.with_topics(Settings(scores_topic="scores"))


def test_a_message_comes_back_with_key_and_headers(settings: Settings) -> None:
    producer = KafkaProducer(**producer_options(settings))
    producer.send("metrics", b"value", key=b"key", headers=[("reason", b"none")], partition=2).get(timeout=10)
    producer.close()
    consumer = KafkaConsumer(**consumer_options(settings), consumer_timeout_ms=10_000)
    consumer.assign([TopicPartition("metrics", 2)])
    consumer.seek_to_beginning()
    record = next(consumer)
    consumer.close()
    assert (record.key, record.value, record.headers) == (b"key", b"value", [("reason", b"none")])


def test_a_worker_finds_its_topics(settings: Settings) -> None:
    with connect(settings) as admin:
        assert creation.ensure(admin, settings) == 4


def test_a_committed_offset_is_remembered(settings: Settings) -> None:
    options = consumer_options(settings) | {"group_id": "gauge", "enable_auto_commit": False}
    partition = TopicPartition("metrics", 0)
    first = KafkaConsumer(**options)
    first.assign([partition])
    first.seek(partition, 17)
    first.commit()
    first.close()
    second = KafkaConsumer(**options)
    assert second.committed(partition) == 17
    second.close()


def test_without_confluent_kafka_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(SettingsError, match="not installed: pip install confluent-kafka"), EmbeddedBroker():
        pass
