"""Publisher of control records, acknowledged one by one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import Final, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from stream.control.codec import check, encode, key_of
from stream.control.records import ControlRecord, expired
from stream.control.view import ControlView
from stream.errors import BrokerUnreachableError, TopicError
from stream.formats.rejections import excerpt
from stream.kafka.clients import producer_options
from stream.kafka.connection import connect
from stream.kafka.sender import GIVING_UP, PATIENCE_S
from stream.kafka.topics.creation import require
from stream.settings.settings import Settings

PARTITION: Final = 0
"""All records go there, so that their order is the same for every reader, on a broker that made more partitions too."""


class ControlPublisher:
    """Publishes and removes control records, as a context.

    Raises
    ------
    StreamgaugeError
        If the broker cannot be reached, or there is no such topic.
    """

    def __init__(self, settings: Settings) -> None:
        self._topic = settings.control_records
        with connect(settings) as admin:
            require(admin, self._topic, settings)
        self._producer = KafkaProducer(**producer_options(settings), **GIVING_UP)

    def __enter__(self) -> Self:
        """Return the publisher itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def publish(self, record: ControlRecord) -> None:
        """Publish a record and wait for its acknowledgement.

        Raises
        ------
        ControlRecordError
            If readers would ignore it; nothing is sent.
        BrokerUnreachableError, TopicError
            If the broker does not take it.
        """
        check(record)
        self._send({key_of(record): encode(record)})

    def remove(self, *keys: bytes) -> None:
        """Remove the records of keys, and wait likewise."""
        self._send(dict.fromkeys(keys))

    def remove_expired(self, view: ControlView) -> None:
        """Remove what has expired of a view.

        To be called before anything is published: an acknowledgement that is renewed has the key of the expired one.
        Two writers may remove the same record, as a second tombstone changes nothing.
        """
        self.remove(*map(key_of, expired(view, time.time_ns() // 1_000_000)))

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(KafkaTimeoutError):
            self._producer.close(timeout=0)

    def _send(self, records: Mapping[bytes, bytes | None]) -> None:
        """Send records, all at once, and wait until each is acknowledged."""
        try:
            sent = [
                self._producer.send(self._topic, key=key, value=value, partition=PARTITION)
                for key, value in records.items()
            ]
            for future in sent:
                future.get(timeout=PATIENCE_S)
        except KafkaError as error:
            kind = BrokerUnreachableError if error.retriable else TopicError
            keys = excerpt(b", ".join(records).decode(), 250)
            raise kind(f"topic {self._topic} did not take {keys}: {error}; nothing new is in force") from error
