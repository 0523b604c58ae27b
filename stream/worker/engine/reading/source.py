"""Faust's consumer, which loses no record around a seek."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

import faust
from aiokafka import AIOKafkaConsumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP, Message

from stream.worker.engine.reading.coordinator import raise_errors_of_whole_answers


class PassThrough(faust.Schema[Any, Any]):
    """Schema that decodes nothing."""

    def loads_key(self, app: Any, message: Message, **_: Any) -> Any:
        """Return the key unchanged."""
        return message.key

    def loads_value(self, app: Any, message: Message, **_: Any) -> Any:
        """Return the batch."""
        return message.value


class ClientThread(AIOKafkaConsumerThread):
    """Client thread, in which seeks and fetches agree.

    A fetch goes on here after Faust has cancelled it, as at a rebalance. What it brings after the seek would reach
    nobody although the position has moved on, so it is fetched again. Faust's own `seek` runs in another thread, where
    it was seen to take a fetched batch away from under the client's hands (KeyError in its fetcher, a crash).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._n_seeks: Counter[TP] = Counter()
        self._n_moves = 0

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        raise_errors_of_whole_answers()
        return super()._create_worker_consumer(transport)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek partitions to their committed offsets."""
        self._n_moves += 1
        return await super().seek_to_committed()

    async def start_at(self, tp: TP, offset: int) -> None:
        """Move an assigned partition to its next record."""
        await self.call_thread(self._seek, tp, offset)

    async def _seek(self, tp: TP, offset: int) -> None:
        consumer = self._ensure_consumer()
        if tp in consumer.assignment():
            consumer.seek(tp, offset)
            self._n_seeks[tp] += 1
            self._n_moves += 1

    async def _seek_wait(self, consumer: AIOKafkaConsumer, partitions: Mapping[TP, int]) -> None:
        self._n_moves += 1
        await super()._seek_wait(consumer, partitions)

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> Any:
        n_moves = self._n_moves
        fetched = await super()._fetch_records(*args, **kwargs)
        if n_moves == self._n_moves:
            return fetched
        for tp, records in fetched.items():
            self._give_back(tp, self._first_offset(records[0]))
        return {}

    def _give_back(self, tp: TP, offset: int) -> None:
        """Fetch records again that were just fetched; those before them are on their way, and are not stale."""
        consumer = self._ensure_consumer()
        if tp in consumer.assignment():
            consumer.seek(tp, offset)

    def _first_offset(self, record: Any) -> int:
        return int(record.offset)


class SourceConsumer(Consumer):
    """Consumer that reads every record behind a committed offset.

    Attributes
    ----------
    starts : dict of TP to int
        Offset from which each source partition is read since the last seek.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.starts: dict[TP, int] = {}

    def _new_consumer_thread(self) -> ClientThread:
        return ClientThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Seek every partition to its committed or first offset.

        Faust leaves a partition without a committed offset wherever it stands, and aiokafka one whose committed offset
        the topic's retention has passed. What was fetched of it before the seek is dropped, so without this it is lost:
        a second notifier that took over did not resolve two of six incidents, once in some 20 runs.
        """
        await super().perform_seek()
        starts = await self._find_starts()
        self.starts = dict(starts)
        for tp, start in starts.items():  # A copy: the next rebalance may begin meanwhile, and clear the other.
            await cast(ClientThread, self._thread).start_at(tp, start)

    async def _find_starts(self) -> dict[TP, int]:
        sources = [tp for tp in self.assignment() if not self._is_changelog_tp(tp)]
        earliest = await self.earliest_offsets(*sources) if sources else {}
        return {tp: max(earliest[tp], self._committed_offset[tp] or 0) for tp in sources}


class SourceTransport(Transport):
    """Faust's aiokafka transport with our consumer."""

    Consumer = SourceConsumer
