"""Dead letters are listed, shown and published again, on a broker inside this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from aiokafka import ConsumerRecord
from click.testing import CliRunner, Result
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from stream.cli.dlq.command import command
from stream.cli.watch.live import describe
from stream.errors import DataError
from stream.events.dead_letter import SourcePartition, dead_letter
from stream.formats.rejections import BadMessageError, Reason
from stream.kafka.clients import consumer_options, producer_options
from stream.kafka.connection import connect
from stream.kafka.embedded import BROKER_VERSION, EmbeddedBroker
from stream.page.vitals import Vitals, VitalsReader
from stream.settings.settings import Settings

SENT_MS = 1_700_000_000_000
PUT_ASIDE_MS = 1_700_000_100_000
TELEGRAF = b'{"fields": {"load1": 2.5}, "name": "system", "tags": {"host": "host-7"}, "timestamp": 1795466329}'
BINARY = bytes(range(256))


class Sent(NamedTuple):
    """A message as a sender gave it."""

    reason: Reason
    offset: int
    value: bytes = b"{}"
    headers: tuple[tuple[str, bytes], ...] = ()
    topic: str = "metrics"


SENT = [
    *(Sent(Reason.MISSING_FIELD, at, TELEGRAF) for at in range(5)),
    *(Sent(Reason.TIMESTAMP_FUTURE, at, b'{"n": %d}' % at, (("traceparent", b"00-ab"),)) for at in range(10, 13)),
    Sent(Reason.NOT_UTF8, 20, BINARY),
    Sent(Reason.NULL_KEY, 21, topic="elsewhere"),
    Sent(Reason.MESSAGE_TOO_LARGE, 22, b"x" * 20_000),
]


@pytest.fixture
def settings() -> Iterator[Settings]:
    with EmbeddedBroker() as broker:
        broker.with_topics(Settings(metrics_topic="telegraf"))
        settings = broker.with_topics(Settings())
        publish(settings, SENT)
        yield settings


def publish(settings: Settings, messages: list[Sent]) -> None:
    with KafkaProducer(**producer_options(settings)) as producer:
        for n, sent in enumerate(messages):
            received = ConsumerRecord(
                sent.topic, 3, sent.offset, SENT_MS, 0, b"host-7", sent.value, None, 0, 0, sent.headers
            )
            letter = dead_letter(
                BadMessageError(sent.reason, "a detail"), SourcePartition(sent.topic, 3), received, 10_000
            )
            producer.send(settings.dead_letters, **letter._asdict(), timestamp_ms=PUT_ASIDE_MS + 1000 * n)


def run(settings: Settings, *words: str) -> Result:
    environment = {"STREAMGAUGE_BROKERS": settings.brokers, "STREAMGAUGE_BROKER_VERSION": BROKER_VERSION}
    return CliRunner().invoke(command, list(words), env=environment)


def document(settings: Settings, *words: str) -> Any:
    result = run(settings, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def records(settings: Settings, topic: str) -> list[Any]:
    consumer = KafkaConsumer(**consumer_options(settings), group_id=None, auto_offset_reset="earliest")
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    found: list[Any] = []
    n = sum(consumer.end_offsets(partitions).values())
    while len(found) < n:
        found += [record for batch in consumer.poll(timeout_ms=500).values() for record in batch]
    consumer.close()
    return found


def test_they_are_listed_by_reason_with_an_example_and_what_to_do(settings: Settings) -> None:
    first, *_, last = document(settings, "list")
    assert (first["reason"], first["messages"], first["replayed"]) == ("missing_field", 5, 0)
    assert (first["looks_like"], first["example"]) == ("Telegraf JSON", "metrics/3@4")
    assert (first["first"], first["last"]) == ("2023-11-14T22:15:00.000Z", "2023-11-14T22:15:04.000Z")
    assert first["formats"] == {"Telegraf JSON": 5}
    assert last["messages"] == 1
    text = run(settings, "list").stdout
    assert "e.g. metrics/3@4; looks like Telegraf JSON: " in text
    assert text.endswith("11 messages dead-lettered, 5 reasons; 11 not replayed\n")


def test_a_message_that_was_put_aside_twice_counts_once(settings: Settings) -> None:
    publish(settings, SENT[:2])
    assert run(settings, "list").stdout.endswith(
        "11 messages dead-lettered, 5 reasons; 11 not replayed, 2 repeats left out\n"
    )


def test_only_those_of_a_reason_and_a_time_are_listed(settings: Settings) -> None:
    assert [each["reason"] for each in document(settings, "list", "--reason", "not_utf8")] == ["not_utf8"]
    (first,) = document(settings, "list", "--to", "2023-11-14T22:15:03")
    assert first["messages"] == 3


def test_one_is_shown_in_full(settings: Settings) -> None:
    text = run(settings, "show", "metrics/3@10").stdout
    for line in ("reason       timestamp_future", "key          host-7", "  traceparent: 00-ab", '{"n": 10}'):
        assert line in text.splitlines()
    assert document(settings, "show", "metrics/3@10")["value"] == '{"n": 10}'


def test_what_is_no_text_is_shown_in_hexadecimal(settings: Settings) -> None:
    assert "00000040  40 41 42 43" in run(settings, "show", "metrics/3@20").stdout
    assert bytes.fromhex(document(settings, "show", "metrics/3@20")["value_hex"]) == BINARY


def test_what_a_terminal_would_act_upon_is_no_text(settings: Settings) -> None:
    publish(settings, [Sent(Reason.NOT_JSON, 30, b"\x1b[2Jgone")])
    assert "\x1b" not in run(settings, "show", "metrics/3@30").stdout


def test_a_place_from_which_nothing_was_put_aside_is_exit_code_8(settings: Settings) -> None:
    error = run(settings, "show", "metrics/3@9999").exception
    assert isinstance(error, DataError)
    assert (error.exit_code, "metrics/3@9999" in str(error)) == (8, True)
    assert run(settings, "show", "metrics").exit_code == 2


def test_a_dry_run_says_what_would_be_published_and_publishes_nothing(settings: Settings) -> None:
    facts = document(settings, "replay", "--dry-run")
    assert (facts["dry_run"], facts["replayed"], facts["skipped"]) == (True, 9, {"other_topic": 1, "cut": 1})
    assert records(settings, "metrics") == []
    assert len(records(settings, settings.dead_letters)) == len(SENT)


def test_nobody_to_ask_is_a_wrong_usage_and_publishes_nothing(settings: Settings) -> None:
    result = run(settings, "replay")
    assert (result.exit_code, "--yes" in result.output) == (2, True)
    assert records(settings, "metrics") == []


def test_a_message_is_published_again_as_it_was_received_with_the_place_of_its_dead_letter(settings: Settings) -> None:
    facts = document(settings, "replay", "--reason", "timestamp_future", "--yes")
    assert (facts["replayed"], facts["reasons"]) == (3, {"timestamp_future": 3})
    first, *others = sorted(records(settings, "metrics"), key=lambda record: record.value)
    assert (first.key, first.value, first.timestamp) == (b"host-7", b'{"n": 10}', SENT_MS)
    assert first.headers[0] == ("traceparent", b"00-ab")
    name, place = first.headers[1]
    assert (name, place.decode().partition("/")[0], len(first.headers)) == (
        "streamgauge.replayed",
        settings.dead_letters,
        2,
    )
    assert len(others) == 2


def test_what_was_read_from_another_topic_goes_back_to_it_when_that_is_named(settings: Settings) -> None:
    publish(settings, [Sent(Reason.FORMAT_MISMATCH, 50, topic="telegraf")])
    facts = document(settings, "replay", "--topic", "telegraf", "--yes")
    assert (facts["topic"], facts["reasons"]) == ("telegraf", {"format_mismatch": 1})
    assert [record.value for record in records(settings, "telegraf")] == [b"{}"]
    assert records(settings, "metrics") == []


def test_what_was_published_again_is_left_alone_the_next_time(settings: Settings) -> None:
    document(settings, "replay", "--reason", "timestamp_future", "--yes")
    facts = document(settings, "replay", "--yes")
    assert (facts["replayed"], facts["skipped"]["replayed"]) == (6, 3)
    facts = document(settings, "replay", "--yes")
    assert (facts["replayed"], facts["skipped"]) == (0, {"replayed": 9, "other_topic": 1, "cut": 1})
    assert len(records(settings, "metrics")) == 9
    assert {each["reason"]: each["replayed"] for each in document(settings, "list")} == {
        "missing_field": 5,
        "timestamp_future": 3,
        "not_utf8": 1,
        "null_key": 0,
        "message_too_large": 0,
    }


def test_an_empty_topic_has_no_dead_letters_and_nothing_to_replay() -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        assert run(settings, "list").stdout == "no dead letters\n"
        assert document(settings, "replay", "--yes")["replayed"] == 0


def test_watch_counts_what_is_put_aside_and_says_nothing_where_there_is_none(settings: Settings) -> None:
    text = f"{len(SENT)} messages dead-lettered: streamgauge dlq list"
    assert text in describe(vitals_of(settings), "here", "beginning")
    with EmbeddedBroker() as broker:
        vitals = vitals_of(broker.with_topics(Settings()))
        assert (vitals.problem, vitals.n_dead_letters) == ("", 0)
        assert "dead-lettered" not in describe(vitals, "here", "beginning")


def vitals_of(settings: Settings) -> Vitals:
    """Ask a broker once."""
    reader = VitalsReader(settings, connect, "beginning")
    found = reader.read()
    reader.close()
    return found


def test_several_formats_of_one_reason_are_counted(settings: Settings) -> None:
    publish(settings, [Sent(Reason.MISSING_FIELD, at, b'{"resourceMetrics": []}') for at in (40, 41)])
    assert "  formats: 5 Telegraf JSON, 2 OpenTelemetry OTLP JSON\n" in run(settings, "list").stdout
