"""A range of a topic, read without a group."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from stream.errors import BrokerUnreachableError, DataError
from stream.kafka.clients import consumer_options
from stream.kafka.connection import open_connection
from stream.kafka.topics.creation import require
from stream.settings.settings import Settings

Moment: TypeAlias = Literal["beginning", "latest"] | int
"""An end of a range; a number is a time of publication, milliseconds since the epoch."""

Offsets: TypeAlias = dict[TopicPartition, int]

PATIENCE_S = 60.0
"""A broker that gives nothing for so long, though messages are left, is given up."""

POLL_MS = 1_000


class NoMessagesError(DataError):
    """A range of a topic holds no messages."""


@contextmanager
def open_range(
    settings: Settings, topic: str, start: Moment, end: Moment, log: Callable[[str], None]
) -> Iterator[TopicRange]:
    """Open the messages published from `start` to before `end`.

    `log` is called at each try while no broker answers.

    Raises
    ------
    BrokerUnreachableError, AuthenticationError, CertificateError
        If there is no connection, or it is lost within the context.
    TopicError
        If there is no such topic.
    NoMessagesError
        If there are no messages in the range.
    """
    with open_connection(settings, log) as admin:
        require(admin, topic, settings)
    options = consumer_options(settings) | {"enable_auto_commit": False, "auto_offset_reset": "earliest"}
    name = f"topic {topic} from {_spell(start)} to {_spell(end)}"
    try:
        with closing(KafkaConsumer(**options, group_id=None)) as consumer:
            yield TopicRange(consumer, name, _find(consumer, topic, name, start, end))
    except KafkaError as error:
        raise BrokerUnreachableError(f"{name}: expected an answer of the broker, found {error}") from error


def _find(
    consumer: KafkaConsumer, topic: str, name: str, start: Moment, end: Moment
) -> dict[TopicPartition, tuple[int, int]]:
    """Return the offsets of the range, empty partitions omitted."""
    partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    if not partitions:
        raise BrokerUnreachableError(f"{name}: expected the broker to tell the topic's partitions, found none")
    first, last = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
    starts, stops = (_offsets(consumer, moment, first, last) for moment in (start, end))
    if all(starts[partition] >= stops[partition] for partition in partitions):
        n_held = sum(last.values()) - sum(first.values())
        raise NoMessagesError(
            f"{name}: expected messages, found none in this range and {n_held:,} in the whole topic; "
            "times are those of publication: try --from beginning"
        )
    return {each: (starts[each], stops[each]) for each in partitions if starts[each] < stops[each]}


@dataclass(frozen=True, slots=True)
class TopicRange:
    """Messages published between two times.

    Parameters
    ----------
    consumer : kafka.KafkaConsumer
        In no group.
    name : str
        Topic and range.
    ranges : dict of TopicPartition to (int, int)
        First offset, and the one after the last; not empty.
    """

    consumer: KafkaConsumer
    name: str
    ranges: dict[TopicPartition, tuple[int, int]]

    def newest(self, n_offsets: int) -> TopicRange:
        """Return the end of the range: about so many offsets, shared evenly by its partitions."""
        n_each = max(1, n_offsets // len(self.ranges))
        ends = {each: (max(start, stop - n_each), stop) for each, (start, stop) in self.ranges.items()}
        return TopicRange(self.consumer, self.name, ends)

    def of_partition(self, number: int) -> TopicRange:
        """Return the part of the range in one partition; it may be empty."""
        ranges = {each: ends for each, ends in self.ranges.items() if each.partition == number}
        return TopicRange(self.consumer, self.name, ranges)

    @property
    def size(self) -> int:
        """Offsets, gaps of compaction and transactions included."""
        return sum(stop - start for start, stop in self.ranges.values())

    def batches(self) -> Iterator[tuple[list[ConsumerRecord], int]]:
        """Yield records with the number of offsets left.

        Each call reads the range from its beginning.

        Raises
        ------
        BrokerUnreachableError
            If the broker falls silent.
        """
        self.consumer.assign(list(self.ranges))
        self.consumer.resume(*self.ranges)
        for partition, (start, _) in self.ranges.items():
            self.consumer.seek(partition, start)
        n_left, seen_s = self.size, time.monotonic()
        while n_left:
            fetched = self.consumer.poll(timeout_ms=POLL_MS)
            yield [record for each, batch in fetched.items() for record in batch if self._holds(each, record)], n_left
            n_before, n_left = n_left, self._count_left()
            seen_s = time.monotonic() if n_left < n_before else seen_s
            if time.monotonic() - seen_s > PATIENCE_S:
                raise BrokerUnreachableError(
                    f"{self.name}: expected {n_left:,} more messages, the broker gave none for {PATIENCE_S:g} s"
                )

    def _holds(self, partition: TopicPartition, record: ConsumerRecord) -> bool:
        return bool(record.offset < self.ranges[partition][1])

    def _count_left(self) -> int:
        """Count offsets left; pause partitions that are done."""
        left = {each: stop - self.consumer.position(each) for each, (_, stop) in self.ranges.items()}
        self.consumer.pause(*(each for each, n_offsets in left.items() if n_offsets <= 0))
        return sum(max(0, n_offsets) for n_offsets in left.values())


def _offsets(consumer: KafkaConsumer, moment: Moment, first: Offsets, last: Offsets) -> Offsets:
    """Return each partition's offset at a time."""
    if isinstance(moment, str):
        return first if moment == "beginning" else last
    found = consumer.offsets_for_times(dict.fromkeys(first, moment))
    return {each: end if found.get(each) is None else found[each].offset for each, end in last.items()}


def _spell(moment: Moment) -> str:
    return moment if isinstance(moment, str) else datetime.fromtimestamp(moment / 1000, UTC).isoformat()
