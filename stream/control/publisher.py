"""Publisher of control records, acknowledged one by one."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import Final, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from stream.control.codec import check, encode, key_of
from stream.control.records import ControlRecord
from stream.errors import BrokerUnreachableError, TopicError
from stream.kafka.clients import producer_options
from stream.kafka.connection import connect
from stream.kafka.sender import GIVING_UP, PATIENCE_S
from stream.kafka.topics.creation import require
from stream.settings.settings import Settings

PARTITION: Final = 0
"""All records go there, so that their order is the same for every reader, on a broker that made more partitions too."""


class ControlPublisher:
    """Publishes and removes control records, as a context.

    Parameters
    ----------
    settings : Settings

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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        self._send(key_of(record), encode(record))

    def remove(self, key: bytes) -> None:
        """Remove the record of a key, and wait likewise."""
        self._send(key, None)

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(KafkaTimeoutError):
            self._producer.close(timeout=0)

    def _send(self, key: bytes, value: bytes | None) -> None:
        try:
            self._producer.send(self._topic, key=key, value=value, partition=PARTITION).get(timeout=PATIENCE_S)
        except KafkaError as error:
            kind = BrokerUnreachableError if error.retriable else TopicError
            raise kind(f"topic {self._topic} did not take {key.decode()}: {error}; nothing was changed") from error
