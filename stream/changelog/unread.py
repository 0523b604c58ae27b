"""Messages of the metrics topic that the group has not read yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from heapq import merge

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from stream.changelog.division import Division
from stream.errors import BrokerUnreachableError
from stream.kafka import group_offsets
from stream.kafka.clients import consumer_options, producer_options
from stream.kafka.topics.offset_range import TopicRange
from stream.settings.settings import Settings

ACKNOWLEDGED_WITHIN_S = 30.0


class UnreadMessages:
    """What lies between the group's offsets and the ends of the partitions.

    Parameters
    ----------
    admin : KafkaAdminClient
    settings : Settings
    n_partitions : int
        Of the metrics topic.

    Attributes
    ----------
    ends : dict of int to int
        Offset after the last message of each partition.
    ranges : dict of int to (int, int)
        First unread offset of each partition with unread messages, and the one after the last.
    """

    def __init__(self, admin: KafkaAdminClient, settings: Settings, n_partitions: int) -> None:
        self._settings = settings
        topic, partitions = settings.metrics_topic, list(range(n_partitions))
        committed = group_offsets.committed_offsets(admin, settings)
        firsts = group_offsets.first_offsets(admin, topic, partitions)
        self.ends = group_offsets.end_offsets(admin, topic, partitions)
        starts = {each: max(committed.get(each, 0), firsts[each]) for each in partitions}
        self.ranges = {each: (starts[each], self.ends[each]) for each in partitions if starts[each] < self.ends[each]}

    def batches(self, report: Callable[[float], None]) -> Iterator[list[ConsumerRecord]]:
        """Yield the messages batch by batch."""
        if not self.ranges:
            return
        topic = self._settings.metrics_topic
        ranges = {TopicPartition(topic, partition): each for partition, each in self.ranges.items()}
        with _consumer(self._settings) as consumer:
            messages = TopicRange(consumer, f"unread messages of topic {topic}", ranges)
            for records, n_left in messages.batches():
                yield records
                report(1 - n_left / messages.size)

    def find_moved(self, division: Division, report: Callable[[float], None]) -> tuple[int, ConsumerRecord | None]:
        """Count the messages whose series arrives in another partition now; return the first of them, too."""
        n_moved, first = 0, None
        for records in self.batches(report):
            for record in records:
                if _target(record, division) != record.partition:
                    n_moved, first = n_moved + 1, first or record
        return n_moved, first


@contextmanager
def _consumer(settings: Settings) -> Iterator[KafkaConsumer]:
    options = consumer_options(settings) | {"enable_auto_commit": False, "isolation_level": "read_committed"}
    try:
        with closing(KafkaConsumer(**options, group_id=None)) as consumer:
            yield consumer
    except KafkaError as error:
        raise BrokerUnreachableError(f"topic {settings.metrics_topic}: expected messages, found {error}") from error


def publish_again(settings: Settings, records: Iterable[ConsumerRecord], division: Division) -> int:
    """Publish messages again, each where its series arrives now; return how many.

    Those of a partition keep their order, and partitions are merged by the messages' times: so the points of a series
    that lie in its old and in its new partition come in the order in which they were sent.

    Raises
    ------
    BrokerUnreachableError
        If the broker does not take all of them.
    """
    by_partition: dict[int, list[ConsumerRecord]] = defaultdict(list)
    for record in records:
        by_partition[record.partition].append(record)
    try:
        with KafkaProducer(**producer_options(settings)) as producer:
            sent = [
                producer.send(
                    settings.metrics_topic,
                    key=record.key,
                    value=record.value,
                    headers=list(record.headers),
                    timestamp_ms=record.timestamp if record.timestamp >= 0 else None,
                    partition=_target(record, division),
                )
                for record in merge(*by_partition.values(), key=lambda record: record.timestamp)
            ]
            for each in sent:
                each.get(timeout=ACKNOWLEDGED_WITHIN_S)
    except KafkaError as error:
        raise BrokerUnreachableError(
            f"topic {settings.metrics_topic} did not take every message: {error}; run the same command again: points "
            "that are published twice are counted as duplicate or late, and not scored again"
        ) from error
    return len(sent)


def _target(record: ConsumerRecord, division: Division) -> int:
    """Return the partition of a message; one without a key belongs to no series."""
    return int(record.partition) if record.key is None else division.target(record.partition, record.key)
