"""Batches of one fetch, and the client's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple, cast

from aiokafka import AIOKafkaConsumer
from faust.types import TP

from stream.kafka.topics.records import RecordBatch, Records, fetch_whole_batches
from stream.worker.engine.reading.source import ClientThread
from stream.worker.engine.reading.unpacking import Unpacker

FETCH_WAIT_MS = 250
"""How long a broker may keep a fetch that has nothing to bring. Faust's 1,500 hold up what is asked behind it on the
same connection: where partitions begin and end, at every start and rebalance."""

RECOVERY_WAIT_MS = 10
"""The same while state is recovered: several such questions are asked before and after it, one after the other."""

SWITCH_S = 0.0005
"""How long the client's thread waits until the main one, busy with points, lets it have the interpreter. Python's 5 ms
would be paid for several times in each fetch."""

RECOVERY_SWITCH_S = 0.0001
"""The same while state is recovered: the thread that unpacks it needs the interpreter after each of its batches. With
200,000 series and three records of each, recovery waited .5 s for it, and 1.2 s with the longer time."""


class FetchedBatch(NamedTuple):
    """The records that one fetch brought of one partition.

    Attributes
    ----------
    start : int
        Where the batch before ended. The offsets from there to the first record are no loss: transaction markers and
        compacted records are never handed over.
    records : list of Record
    n_seeks : int
        How often the partition had been moved before the fetch. A batch from before the last move is fetched again.
    """

    start: int
    records: Records
    n_seeks: int = 0

    @property
    def last_offset(self) -> int:
        """Offset of the last record."""
        return self.records[-1].offset


class ChangelogBatch(NamedTuple):
    """The records that one fetch brought of a partition of the changelog.

    They are unpacked in groups, one after the other, as they are restored: in memory that is used again and again. To
    unpack a whole fetch takes ten times its bytes, and on machines where new pages are dear most of the time of a
    recovery.

    Attributes
    ----------
    last_offset : int
        Offset of the last record, whether or not compaction has left it.
    groups : iterator of list of Record
    n_seeks : int
        As of `FetchedBatch`.
    """

    last_offset: int
    groups: Iterator[Records]
    n_seeks: int = 0


class BatchThread(ClientThread):
    """Client thread that fetches whole batches."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ends: dict[TP, int] = {}
        self._unpacker = Unpacker()

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = RECOVERY_WAIT_MS
        consumer._isolation_level = "read_committed"
        fetch_whole_batches()
        return consumer

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Subscribe to the pattern of the app's source, which Faust leaves undone, or to topics."""
        pattern = cast(Any, self.app).source.pattern
        if pattern is None:  # A pattern needs the right to list all topics, which names alone do not.
            await super().subscribe(topics)
            return
        subscribe = self._ensure_consumer().subscribe
        await self.call_thread(subscribe, pattern=pattern.pattern, listener=self._rebalance_listener)

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> Any:
        """Fetch one item a partition, all its records, where Faust takes single ones."""
        fetched = await super()._fetch_records(*args, **kwargs)
        items = {tp: self._as_item(TP(tp.topic, tp.partition), batches) for tp, batches in fetched.items()}
        return {tp: [item] for tp, item in items.items() if item is not None}

    def _as_item(self, tp: TP, batches: list[RecordBatch]) -> FetchedBatch | ChangelogBatch | None:
        """Return the item of a partition; None where compaction has left no record."""
        if self.consumer._is_changelog_tp(tp):
            return ChangelogBatch(batches[-1].offset, self._unpacker.unpack(batches), self._n_seeks[tp])
        records = list(chain.from_iterable(batches))
        return self._as_batch(tp, records) if records else None

    def _as_batch(self, tp: TP, records: Records) -> FetchedBatch:
        first = records[0].offset
        start = min(self._ends.get(tp, first), first)
        self._ends[tp] = records[-1].offset + 1
        return FetchedBatch(start, records, self._n_seeks[tp])

    def is_stale(self, tp: TP, batch: FetchedBatch | ChangelogBatch) -> bool:
        """Check whether a partition was moved since a batch was fetched."""
        return batch.n_seeks != self._n_seeks[tp]

    def set_fetch_wait(self, wait_ms: int) -> None:
        """Let brokers keep the next fetches so long that have nothing to bring."""
        self._ensure_consumer()._fetcher._fetch_max_wait_ms = wait_ms

    async def put_back(self, tp: TP, batch: FetchedBatch) -> None:
        """Fetch a batch again, unless the partition moved back."""
        await self.call_thread(self._seek_back, tp, batch.start)

    async def passed_over(self) -> dict[TP, tuple[int, int]]:
        """Return where batches ended and where the client is.

        Aborted transactions and markers at the end of a partition would otherwise never be behind a checkpoint.
        """
        asked = asyncio.run_coroutine_threadsafe(self._passed_over(), self.thread_loop)
        return await asyncio.wrap_future(asked)

    async def _passed_over(self) -> dict[TP, tuple[int, int]]:
        subscription = self._ensure_consumer()._subscription.subscription
        if subscription is None or subscription.assignment is None:
            return {}
        states = {tp: subscription.assignment.state_value(tp) for tp in self._ends if tp in subscription.assignment.tps}
        return {
            tp: (self._ends[tp], state.position)
            for tp, state in states.items()
            if state.has_valid_position and state.position > self._ends[tp]
        }

    async def _seek(self, tp: TP, offset: int) -> None:
        if tp in self._ensure_consumer().assignment():
            self._ends[tp] = offset
            await super()._seek(tp, offset)

    def _first_offset(self, record: RecordBatch) -> int:
        return record.first

    async def _seek_back(self, tp: TP, offset: int) -> None:
        if self._ends.get(tp, offset) >= offset:
            await self._seek(tp, offset)
