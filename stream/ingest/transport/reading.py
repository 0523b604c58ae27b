"""Messages of the source topics, by consumer group, in one order for all partitions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import IllegalStateError

from stream.errors import BrokerUnreachableError
from stream.events.dead_letter import SourcePartition
from stream.ingest.format_records import own_topics
from stream.ingest.source_message import SourceMessage
from stream.ingest.sources import Sources
from stream.ingest.transport.merging import Merging
from stream.kafka.aiokafka_clients import aiokafka_options
from stream.kafka.topics.records import Record, RecordBatch, fetch_whole_batches
from stream.settings.settings import Settings

MAX_MESSAGES: Final = 10_000
MAX_BYTES: Final = 16 << 20
"""What is read before its points are written: each series is then one message for several points."""

GATHER_S: Final = 0.5
"""How long messages are gathered, if they come more slowly than that."""

PATIENCE_S: Final = 5.0
"""A partition that gives nothing holds the others up for this long at most."""

COMMIT_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 5.0
FETCH_WAIT_MS: Final = 250


class Reading:
    """Reads the source topics; what is read is committed when its points are written.

    Parameters
    ----------
    settings : Settings
    sources : Sources

    Attributes
    ----------
    in_hand : asyncio.Lock
        Held while messages are written and committed: partitions go to another process after that.
    """

    def __init__(self, settings: Settings, sources: Sources) -> None:
        self.in_hand = asyncio.Lock()
        self._settings, self._sources = settings, sources
        self._merging: Merging[TopicPartition, SourceMessage] = Merging()
        self._n_bytes = 0
        self._ends: dict[TopicPartition, int] = {}
        self._assigned_anew = False
        self._taken_s = time.monotonic()

    async def start(self) -> None:
        """Connect and subscribe."""
        settings = self._settings
        fetch_whole_batches()
        self._consumer = AIOKafkaConsumer(
            **aiokafka_options(settings),
            group_id=group_id(settings),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            session_timeout_ms=round(1000 * settings.session_timeout_s),
            heartbeat_interval_ms=round(1000 * settings.heartbeat_interval_s),
            metadata_max_age_ms=10_000,
            # The other assignor would give all topics of one partition to one process.
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
        )
        if self._sources.has_pattern:  # Needs the right to list all topics, which names alone do not.
            self._consumer.subscribe(pattern=self._sources.pattern(own_topics(settings)), listener=self)
        else:
            self._consumer.subscribe(self._sources.names, listener=self)
        await self._consumer.start()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Finish what is in hand; what only waits is read again from what was committed."""
        async with self.in_hand:
            self._merging.drop()
            self._n_bytes = 0

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Remember it: nothing may be asked of the broker here."""
        self._assigned_anew = True

    async def gather(self) -> list[SourceMessage]:
        """Return the next messages, if any came."""
        deadline_s, n = time.monotonic() + GATHER_S, 0
        while n < MAX_MESSAGES and (left_s := deadline_s - time.monotonic()) > 0:
            n += self._add(await self._consumer.getmany(timeout_ms=round(1000 * left_s)))
        if self._assigned_anew:
            self._assigned_anew = False
            assigned = list(self._consumer.assignment())
            self._ends = await self._consumer.end_offsets(assigned) if assigned else {}
        return self._take(await self._behind())

    def _add(self, fetched: dict[TopicPartition, list[RecordBatch]]) -> int:
        """Add what a fetch brought: for each partition, the records of each record batch."""
        now_ms, n = round(1000 * time.time()), 0
        for partition, batches in fetched.items():
            source = SourcePartition(*partition)
            messages = [SourceMessage(source, _sent_ms(record, now_ms), record) for record in chain(*batches)]
            self._merging.add(partition, messages)
            self._n_bytes += _size(messages)
            n += len(messages)
        return n

    def _take(self, behind: Collection[TopicPartition]) -> list[SourceMessage]:
        taken = self._merging.take(behind)
        is_full = self._merging.is_full() or self._n_bytes > MAX_BYTES
        if not taken and (is_full or time.monotonic() - self._taken_s > PATIENCE_S):
            taken = self._merging.take_all()
        if taken or self._merging.is_empty():
            self._taken_s = time.monotonic()
        self._n_bytes -= _size(taken)
        return taken

    async def commit(self, messages: Sequence[SourceMessage]) -> None:
        """Commit messages whose points are written.

        Raises
        ------
        BrokerUnreachableError
            If no broker takes it for a minute.
        """
        offsets = {TopicPartition(*message.source): message.record.offset + 1 for message in messages}
        try:
            await asyncio.wait_for(self._consumer.commit(offsets), COMMIT_TIMEOUT_S)
        except TimeoutError as error:
            raise BrokerUnreachableError(
                f"no broker has taken the offsets of group {group_id(self._settings)} within {COMMIT_TIMEOUT_S:g} s; "
                "their messages are read again at the next start"
            ) from error

    async def n_behind(self) -> int:
        """Count the messages that are there and are not fetched yet."""
        return sum(end - position for position, end in [await self._progress(each) for each in list(self._ends)])

    async def stop(self) -> None:
        """Leave the group, so that others take over at once."""
        # While a broker is away, aiokafka lets the cancellation of its own fetches out.
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self._consumer.stop(), STOP_TIMEOUT_S)

    async def _behind(self) -> list[TopicPartition]:
        progress = {partition: await self._progress(partition) for partition in list(self._ends)}
        return [partition for partition, (position, end) in progress.items() if position < end]

    async def _progress(self, partition: TopicPartition) -> tuple[int, int]:
        """Return the next offset of a partition and where it ends; both 0 if it went to another process."""
        try:
            position = await self._consumer.position(partition)
        except IllegalStateError:
            return 0, 0
        end = max(self._ends.get(partition, 0), self._consumer.highwater(partition) or 0)
        return min(end, position), end


ConsumerRebalanceListener.register(Reading)


def group_id(settings: Settings) -> str:
    """Return the consumer group of ingest, which is not the workers'."""
    return f"{settings.app_id}-ingest"


def _sent_ms(record: Record, now_ms: int) -> int:
    return now_ms if record.timestamp is None or record.timestamp < 0 else record.timestamp


def _size(messages: Iterable[SourceMessage]) -> int:
    return sum(len(message.record.value or b"") for message in messages)
