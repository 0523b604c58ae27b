"""Faust consumer of whole batches."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from aiokafka.errors import KafkaError
from faust.types import TP, Message
from faust.types.tuples import ConsumerMessage

from stream.worker.engine.reading.batch import (
    FETCH_WAIT_MS,
    RECOVERY_SWITCH_S,
    RECOVERY_WAIT_MS,
    SWITCH_S,
    BatchThread,
    ChangelogBatch,
    FetchedBatch,
)
from stream.worker.engine.reading.membership import Membership
from stream.worker.engine.reading.source import SourceConsumer, SourceTransport

MAX_QUEUED_CHANGELOG_BATCHES = 4
"""Fetched batches of the changelog that may wait for recovery before fetching pauses: each is 1 MB, still packed."""

BACKLOG_POLL_S = 0.001

MANY_RECORDS, GATHER_S = 20, 0.005
"""After a fetch of more records than that, the next one is made so much later, and brings more at once: a call of the
detector costs as much as some dozen points. At a lower rate, points come one by one and wait for nothing."""

ENDS_TIMEOUT_S = 2.0


class BatchConsumer(SourceConsumer):
    """Consumer of batches that commits what checkpoints made durable.

    Attributes
    ----------
    positions : dict of TP to int
        Next offset to commit of each source partition. Written by the checkpoint alone.
    replayed_to : dict of TP to int
        End of what another worker may have applied before this seek, of each partition that one has committed.
    first_ends : dict of TP to int
        Where each source partition ended at this seek.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.positions: dict[TP, int] = {}
        self.replayed_to: dict[TP, int] = {}
        self.first_ends: dict[TP, int] = {}
        self._n_fetched = 0

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    def _to_message(self, tp: TP, batch: FetchedBatch | ChangelogBatch) -> ConsumerMessage:
        return ConsumerMessage(
            topic=tp.topic,
            partition=tp.partition,
            offset=batch.last_offset,
            timestamp=0.0,  # Each record has its own.
            timestamp_type=0,
            headers=None,
            key=None,
            value=cast(Any, batch),
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
            tp=TP(tp.topic, tp.partition),
            generation_id=self.app.consumer_generation_id,
        )

    def _is_behind(self) -> bool:
        """Check whether something fetched must be taken first.

        What comes while the agent is busy is left to the client and the broker, which bring it as one batch. As many
        small ones it would make the agent busier still.
        """
        channels = cast("Iterable[Any]", self.app.topics)
        is_queued = any(not channel.internal and not channel.queue.empty() for channel in channels)
        n_changelog_batches = cast(Any, self.app.tables).changelog_queue.qsize()
        return is_queued or n_changelog_batches > MAX_QUEUED_CHANGELOG_BATCHES

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:
        """Fetch batches, those of the sources as one message; put back those of a rebalance.

        Faust seeks each partition first and empties the agents' queues a moment later: what arrives in between would be
        lost although the position has moved on (6 of 93,149 records in a measured join). What was fetched before the
        last seek comes again: handed over twice, it would look like offsets that went back.
        """
        while self._is_behind() and self.flow_active and not self.should_stop:
            await asyncio.sleep(BACKLOG_POLL_S)
        if self._n_fetched > MANY_RECORDS:
            await asyncio.sleep(GATHER_S)
        fetched: dict[TP, FetchedBatch] = {}
        async for tp, message in super().getmany(timeout):
            if not self._is_changelog_tp(tp):
                fetched[tp] = cast(FetchedBatch, message.value)
            elif not self._batches.is_stale(tp, cast(ChangelogBatch, message.value)):
                yield tp, message
        fresh = {tp: batch for tp, batch in fetched.items() if not self._batches.is_stale(tp, batch)}
        self._n_fetched = sum(len(batch.records) for batch in fresh.values())
        if self.app.rebalancing:
            for tp, batch in fresh.items():
                await self._batches.put_back(tp, batch)
        elif fresh:
            yield self._as_one_message(fresh)

    def _as_one_message(self, fetched: dict[TP, FetchedBatch]) -> tuple[TP, ConsumerMessage]:
        """Let the agent have all partitions at once; to Faust it is a message of the first one."""
        tp, batch = next(iter(fetched.items()))
        message = self._to_message(tp, batch)
        message.value = cast(Any, fetched)
        # Faust would drop the message, all partitions in it, where the offsets of the first one went back.
        self._read_offset[tp] = None
        return tp, message

    async def perform_seek(self) -> None:
        """Seek every partition, and report records deleted unread."""
        await super().perform_seek()
        for tp, start in dict(self.starts).items():  # A copy: the next rebalance may clear it.
            committed = self._committed_offset[tp]
            if committed is not None and committed < start:
                cast(BatchTransport, self.transport).on_expired(tp, committed, start)

    async def _find_starts(self) -> dict[TP, int]:
        starts = await super()._find_starts()
        self.first_ends = dict(await self.highwaters(*starts)) if starts else {}
        self.replayed_to = {tp: end for tp, end in self.first_ends.items() if self._committed_offset[tp] is not None}
        return starts

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (tp for tp in self.positions if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        return self.positions.get(tp)

    @property
    def _batches(self) -> BatchThread:
        return cast(BatchThread, self._thread)

    def _kafka(self) -> Any:
        return cast(Any, self._thread)._consumer

    def membership(self) -> Membership:
        """Return what the coordinator knows of our membership now."""
        coordinator = getattr(self._kafka(), "_coordinator", None)
        return Membership(coordinator, cast(Any, self._thread).thread_loop)

    async def still_a_member(self) -> bool:
        """Ask the coordinator whether we may still commit.

        The offsets sent are those of the last checkpoint, so nothing moves too far. This is the fence in front of the
        next one: a worker that slept through its session must not write over the state of the one that took its
        partitions.
        """
        if self.membership().generation() != self.app.consumer_generation_id:
            return False
        safe = {tp: self.positions.get(tp, start) for tp, start in self.starts.items()}
        return not safe or bool(await self._commit(safe))

    def begin_recovery(self) -> None:
        """Keep no question waiting behind a fetch, nor a thread behind another."""
        self._batches.set_fetch_wait(RECOVERY_WAIT_MS)
        sys.setswitchinterval(RECOVERY_SWITCH_S)

    def end_recovery(self) -> None:
        """Let fetches wait for messages."""
        self._batches.set_fetch_wait(FETCH_WAIT_MS)
        sys.setswitchinterval(SWITCH_S)

    async def pause_topics(self, topics: Iterable[str]) -> None:
        """Stop fetching these topics until the next rebalance.

        For our own changelog: fetching back what we wrote costs bandwidth and up to 100 ms of latency on the source.
        """
        names = set(topics)

        async def pause() -> None:
            consumer = self._kafka()
            consumer.pause(*[tp for tp in consumer.assignment() if tp.topic in names])

        await self._thread.call_thread(pause)

    async def passed_over(self) -> dict[TP, tuple[int, int]]:
        """Return the partitions with skipped offsets: end and position."""
        return await self._batches.passed_over()

    async def ends(self) -> dict[TP, int]:
        """Return the end offsets; empty if no broker answers.

        Asked beside the queue of calls into the client's thread, in which commits may be waiting for an answer.
        """
        asked = asyncio.run_coroutine_threadsafe(
            self._kafka().end_offsets(list(self.starts)), cast(Any, self._thread).thread_loop
        )
        try:
            found = await asyncio.wait_for(asyncio.wrap_future(asked), ENDS_TIMEOUT_S)
        except (TimeoutError, KafkaError):
            return {}
        return {TP(tp.topic, tp.partition): end for tp, end in found.items()}

    def lag(self, ends: Mapping[TP, int]) -> dict[TP, int]:
        """Return the uncommitted records of each source partition.

        Parameters
        ----------
        ends : dict of TP to int
            Where it was asked; otherwise the end is where the last fetch saw it. A partition that was not fetched yet
            is left out.
        """
        known = {tp: ends.get(tp, end) for tp, end in self.fetched_ends().items()}
        return {
            tp: max(end - (self._committed_offset[tp] or self.starts[tp]), 0)
            for tp, end in known.items()
            if end is not None
        }

    def fetched_ends(self) -> dict[TP, int | None]:
        """Return where the last fetch saw the end of each source partition; None before it."""
        assigned = self.assignment() if self.starts else set()
        return {tp: self.highwater(tp) for tp in self.starts if tp in assigned}

    def forget_commit(self, tp: TP) -> None:
        """Let the next commit of a partition go backwards: it is another topic of the same name."""
        self._committed_offset[tp] = None


class BatchTransport(SourceTransport):
    """Faust's aiokafka transport with our consumer.

    Parameters
    ----------
    *args : object
        What Faust gives every transport.
    on_expired : callable
        Told of a partition whose messages from the committed offset to before another one were deleted unread.
    """

    Consumer = BatchConsumer

    def __init__(self, *args: Any, on_expired: Callable[[TP, int, int], None]) -> None:
        super().__init__(*args)
        self.on_expired = on_expired
