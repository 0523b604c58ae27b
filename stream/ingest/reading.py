"""Messages of the source topics, by consumer group, in one order for all partitions."""

from __future__ import annotations

import time
from collections.abc import Sequence

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.structs import OffsetAndMetadata

from stream.ingest.merging import Merging
from stream.ingest.sources import Sources
from stream.kafka.clients import consumer_options
from stream.kafka.topics.plan import plan
from stream.settings.settings import Settings

MAX_RECORDS = 5_000
"""Messages that are read before their points are written: each series is then one message for several points."""

GATHER_S = 0.5
"""How long messages are gathered, if they come more slowly than that."""

PATIENCE_S = 5.0
"""A partition that gives nothing holds the others up for this long at most."""


class Reading:
    """Reads the source topics; what is read is committed when its points are written.

    Parameters
    ----------
    settings : Settings
    sources : Sources
    """

    def __init__(self, settings: Settings, sources: Sources) -> None:
        self._merging: Merging[TopicPartition, ConsumerRecord] = Merging()
        self._ends: dict[TopicPartition, int] = {}
        self._assigned_anew = False
        self._taken_s = time.monotonic()
        self._consumer = KafkaConsumer(
            **consumer_options(settings),
            group_id=group_id(settings),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=MAX_RECORDS,
            session_timeout_ms=round(1000 * settings.session_timeout_s),
            heartbeat_interval_ms=round(1000 * settings.heartbeat_interval_s),
            metadata_max_age_ms=10_000,
            # The other assignor would give all topics of one partition to one process.
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
        )
        if sources.has_pattern:  # Needs the right to list all topics, which names alone do not.
            ours = [topic.name for topic in plan(settings)]
            self._consumer.subscribe(pattern=sources.pattern(ours), listener=self)
        else:
            self._consumer.subscribe(sources.names, listener=self)

    def on_partitions_revoked(self, _revoked: Sequence[TopicPartition]) -> None:
        """Remember it for the next poll: the client calls this from a thread in which nothing may be asked of it."""
        self._assigned_anew = True

    def on_partitions_assigned(self, _assigned: Sequence[TopicPartition]) -> None:
        """Remember it too."""
        self._assigned_anew = True

    def gather(self) -> list[ConsumerRecord]:
        """Return the next messages, if any came."""
        deadline_s, n = time.monotonic() + GATHER_S, 0
        while n < MAX_RECORDS and (left_s := deadline_s - time.monotonic()) > 0:
            polled = self._consumer.poll(timeout_ms=round(1000 * left_s))
            if self._assigned_anew:
                self._begin_anew()
                continue
            for partition, records in polled.items():
                self._merging.add(partition, records)
                n += len(records)
        taken = self._merging.take(self._behind())
        if not taken and (self._merging.is_full() or time.monotonic() - self._taken_s > PATIENCE_S):
            taken = self._merging.take_all()
        if taken or self._merging.is_empty():
            self._taken_s = time.monotonic()
        return taken

    def commit(self, records: Sequence[ConsumerRecord]) -> None:
        """Commit that messages are done with."""
        offsets = {TopicPartition(record.topic, record.partition): record.offset + 1 for record in records}
        self._consumer.commit({partition: OffsetAndMetadata(offset, "", -1) for partition, offset in offsets.items()})

    def n_behind(self) -> int:
        """Count the messages that are there and are not fetched yet."""
        return sum(max(0, self._end(partition) - self._consumer.position(partition)) for partition in self._ends)

    def close(self) -> None:
        """Leave the group, so that others take over at once."""
        self._consumer.close(autocommit=False)

    def _begin_anew(self) -> None:
        """After a new assignment, go on from what is committed.

        The client keeps its position in a partition that stays here, which is behind messages that only wait yet.
        """
        self._assigned_anew = False
        self._merging.drop()
        assigned = list(self._consumer.assignment())
        for partition in assigned:
            offset = self._consumer.committed(partition)
            if offset is None:
                self._consumer.seek_to_beginning(partition)
            else:
                self._consumer.seek(partition, offset)
        self._ends = self._consumer.end_offsets(assigned) if assigned else {}

    def _behind(self) -> list[TopicPartition]:
        return [partition for partition in self._ends if self._consumer.position(partition) < self._end(partition)]

    def _end(self, partition: TopicPartition) -> int:
        return max(self._ends[partition], self._consumer.highwater(partition) or 0)


ConsumerRebalanceListener.register(Reading)


def group_id(settings: Settings) -> str:
    """Return the consumer group of ingest, which is not the workers'."""
    return f"{settings.app_id}-ingest"
