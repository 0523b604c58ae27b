"""The changelog topic: read from its beginning, and written with acknowledgement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kafka import KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError
from kafka.producer.future import FutureRecordMetadata

from stream.errors import BrokerUnreachableError
from stream.kafka.clients import producer_options
from stream.kafka.topics.offset_range import NoMessagesError, open_range
from stream.settings.settings import Settings

ACKNOWLEDGED_WITHIN_S = 30.0

Report = Callable[[float], None]
"""Receives which part has been read, 0 to 1."""

Log = Callable[[str], None]
"""Receives each try while a broker is waited for."""


def read_batches(settings: Settings, report: Report, log: Log) -> Iterator[list[ConsumerRecord]]:
    """Yield the records up to its present end; nothing where it is empty.

    Raises
    ------
    StreamgaugeError
        If there is no connection, no such topic, or the broker falls silent.
    """
    try:
        with open_range(settings, settings.changelog_topic, "beginning", "latest", log) as messages:
            for records, n_left in messages.batches():
                yield records
                report(1 - n_left / messages.size)
    except NoMessagesError:
        return


class ChangelogWriter:
    """Writes records to partitions of the changelog.

    Parameters
    ----------
    producer : KafkaProducer
    topic : str
    """

    def __init__(self, producer: KafkaProducer, topic: str) -> None:
        self._producer, self._topic = producer, topic
        self._sent: list[FutureRecordMetadata] = []

    def write(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Write a record; None is a tombstone."""
        self._sent.append(self._producer.send(self._topic, key=key, value=value, partition=partition))

    def flush(self) -> None:
        """Wait until all records are acknowledged."""
        sent, self._sent = self._sent, []
        for each in sent:
            each.get(timeout=ACKNOWLEDGED_WITHIN_S)


@contextmanager
def open_writer(settings: Settings) -> Iterator[ChangelogWriter]:
    """Open the changelog for writing.

    Raises
    ------
    BrokerUnreachableError
        If the broker does not take a record.
    """
    options = producer_options(settings) | {"compression_type": "zstd"}
    try:
        with KafkaProducer(**options) as producer:
            writer = ChangelogWriter(producer, settings.changelog_topic)
            yield writer
            writer.flush()
    except KafkaError as error:
        raise BrokerUnreachableError(
            f"topic {settings.changelog_topic} did not take every record: {error}; the same command goes on where this "
            "one ended"
        ) from error
