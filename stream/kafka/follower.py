"""Follower of a topic, without group or commits."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from stream.errors import TopicError
from stream.kafka.clients import consumer_options
from stream.kafka.topics.offset_range import Moment
from stream.settings.settings import Settings

FETCH_MAX_WAIT_MS = 1_000
"""How long the broker may hold a request back while there is nothing; a new record is answered at once. A follower that
waits for hours costs little processor time this way."""

METADATA_MAX_AGE_MS = 10_000
"""A partition that is added to the topic is seen this much later at most."""


class Follower:
    """Reads every partition of a topic, as a context.

    A partition that is added while following is read from its first record.

    Parameters
    ----------
    settings : Settings
    topic : str
        Must exist.
    start : Moment

    Attributes
    ----------
    n_before : int
        Records of the topic that were published before the start.

    Raises
    ------
    TopicError
        If the broker does not know the topic, as for a moment after its restart.
    """

    def __init__(self, settings: Settings, topic: str, start: Moment) -> None:
        self._topic = topic
        self._consumer = KafkaConsumer(
            **consumer_options(settings),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
        )
        self._partitions: set[TopicPartition] = set()
        self._assign_all()
        if not self._partitions:
            self.close()
            raise TopicError(f"topic {topic}: the broker knows no partition of it; create it, or try again")
        self.n_before = self._seek(start)

    def __enter__(self) -> Self:
        """Return the follower itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection; for a follower that is no context."""
        self._consumer.close()

    def poll(self, timeout_s: float) -> list[ConsumerRecord]:
        """Return new records; wait for the first."""
        self._assign_all()
        fetched = self._consumer.poll(timeout_ms=round(1000 * timeout_s))
        return [record for records in fetched.values() for record in records]

    def catch_up(self) -> Iterator[ConsumerRecord]:
        """Return the records up to the current end."""
        self._assign_all()
        ends = self._consumer.end_offsets(list(self._partitions))
        while any(self._consumer.position(partition) < end for partition, end in ends.items()):
            yield from self.poll(1.0)

    def n_ahead(self) -> int:
        """Count the offsets of the topic that lie ahead: records, and marks of transactions and compaction."""
        self._assign_all()
        ends = self._consumer.end_offsets(list(self._partitions))
        return sum(max(0, end - self._consumer.position(partition)) for partition, end in ends.items())

    def _assign_all(self) -> None:
        found = {TopicPartition(self._topic, number) for number in self._consumer.partitions_for_topic(self._topic)}
        if not found <= self._partitions:
            self._partitions |= found
            self._consumer.assign(list(self._partitions))

    def _seek(self, start: Moment) -> int:
        """Seek to the start and count skipped records."""
        partitions = list(self._partitions)
        if start == "beginning":
            self._consumer.seek_to_beginning(*partitions)
            return 0
        # kafka-python seeks to the end with its first fetch: what comes before that would be missed.
        ends = self._consumer.end_offsets(partitions)
        oldest = self._consumer.beginning_offsets(partitions)
        times = {} if start == "latest" else self._consumer.offsets_for_times(dict.fromkeys(partitions, start))
        n_before = 0
        for partition in partitions:
            first = times.get(partition)
            offset = ends[partition] if first is None else first.offset
            self._consumer.seek(partition, offset)
            n_before += offset - oldest[partition]
        return n_before
