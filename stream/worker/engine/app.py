"""The Faust app: batches to the store, checkpoints on time, on revoke and on stop, nothing after a crash."""

from __future__ import annotations

import asyncio
import os
import time
from functools import cached_property
from typing import Any, NoReturn, Protocol, cast

import faust
import mode
from aiokafka.errors import KafkaError
from faust.types import TP

from stream.errors import RESTART_EXIT_CODE
from stream.worker.engine.abort import give_up_on_kafka, or_give_up
from stream.worker.engine.checkpoint import Checkpoint, Topics
from stream.worker.engine.observer import Observer
from stream.worker.engine.reading.batch import Batch
from stream.worker.engine.reading.chunker import Pace
from stream.worker.engine.reading.consumer import BatchConsumer, BatchTransport, PassThrough
from stream.worker.engine.reading.records import Records
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.sending.producer import REQUEST_TIMEOUT_S, Producer
from stream.worker.engine.store import StateTable, Store, Tables
from stream.worker.engine.waits import Waits

RECOVERY_BATCHES = 1
"""Batches of the changelog that recovery holds before it applies them: one may unpack to 10 MB. Faust means records by
its 1,000."""

STOP_TIMEOUT_S = 4.0
"""Time for an orderly end, from SIGTERM to the last commit; 5 s are promised for the process."""


class Processor(Store, Protocol):
    """The store together with what changes it."""

    def apply(self, partition: int, records: Records, outbox: Outbox) -> None:
        """Apply consecutive records of one source partition and put what follows from them into the outbox."""


class Engine(faust.App):
    """A Faust app for one source topic and one state table.

    Parameters
    ----------
    app_id : str
        Consumer group, and prefix of the changelog topic.
    processor : Processor
        Applies records and holds the state.
    observer : Observer
    source_topic, scores_topic : str, str or None
    checkpoint_interval_s : float
    **options
        Faust settings.
    """

    def __init__(
        self,
        app_id: str,
        *,
        processor: Processor,
        observer: Observer,
        source_topic: str,
        scores_topic: str | None,
        checkpoint_interval_s: float,
        **options: Any,
    ) -> None:
        super().__init__(
            app_id,
            store="memory://",
            table_standby_replicas=0,
            topic_disable_leader=True,
            stream_wait_empty=False,
            agent_supervisor=mode.CrashingSupervisor,
            web_enabled=False,
            producer_request_timeout=REQUEST_TIMEOUT_S,
            Table=StateTable,
            TableManager=Tables,
            **options,
        )
        self.processor = processor
        self.observer = observer
        self.outbox = Outbox()
        self.waits = Waits()
        self.scores_topic = scores_topic
        self.epoch = 0
        self._pace = Pace()
        self._checkpoint_interval_s = checkpoint_interval_s
        self.source = self.topic(source_topic, schema=PassThrough(), acks=False)
        self.states = self.Table(
            "state",
            key_type=bytes,
            value_type=bytes,
            schema=PassThrough(),
            recovery_buffer_size=RECOVERY_BATCHES,
            state=processor,
            give_up=self.give_up,
        )
        self.agent(self.source)(self.consume)
        self.task(self.keep_up)

    @property
    def changelog_topic(self) -> str:
        """Name the topic that holds the packed state records."""
        return str(self.states.changelog_topic.get_topic_name())

    @property
    def batches(self) -> BatchConsumer:
        """Give Faust's consumer as what it is."""
        return cast(BatchConsumer, self.consumer)

    @property
    def started_consumer(self) -> BatchConsumer | None:
        """Give the consumer once there is one: to ask for it makes it."""
        return self._consumer if isinstance(self._consumer, BatchConsumer) else None

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """Give what makes the state durable."""
        return Checkpoint(
            self._checkpoint_interval_s,
            self.conf.broker_session_timeout / 2,
            store=self.processor,
            outbox=self.outbox,
            member=self.batches,
            producer=lambda: self.sender,
            topics=Topics(self.changelog_topic, self.scores_topic),
            waits=self.waits,
            give_up=self.give_up,
        )

    @cached_property
    def sender(self) -> Producer:
        """Send through Faust's own aiokafka producer: one connection, one order of writes."""
        return Producer(cast(Any, self.producer)._ensure_producer(), self.waits)

    async def consume(self, stream: Any) -> None:
        """Apply batch after batch; a batch in hand stops when its partitions are revoked."""
        async for batch in stream:
            tp = stream.current_event.message.tp
            with or_give_up(self.give_up, "chunk failed"):
                self._expect(tp, batch)
                await self._apply_all(tp, batch.records)

    async def _apply_all(self, tp: TP, records: Records) -> None:
        epoch, n_applied = self.epoch, 0
        while n_applied < len(records) and self.epoch == epoch:
            chunk = self._pace.chunk(records, n_applied)
            await self._apply(tp, chunk)
            n_applied += len(chunk)

    async def _apply(self, tp: TP, records: Records) -> None:
        started = time.perf_counter()
        self.processor.apply(tp.partition, records, self.outbox)
        self.checkpoint.progress[tp] = records[-1].offset + 1
        self._pace.took(records, time.perf_counter() - started)
        if self.outbox:
            await self.outbox.send(self.sender, self.scores_topic)
        if self.checkpoint.is_due():
            await self._run_checkpoint()
        else:
            await asyncio.sleep(0)

    def _expect(self, tp: TP, batch: Batch) -> None:
        """Refuse a batch that does not begin where we are: something between fetch and agent lost the one before it.

        Its first record may lie behind its start: what lies between, such as markers of transactions, is no record.
        """
        expected, start = self.checkpoint.progress.get(tp, self.batches.starts.get(tp)), batch.start
        if expected is None or start > expected:
            self.give_up("records are missing", topic=tp.topic, partition=tp.partition, expected=expected, found=start)
        first = batch.records[0].offset
        if first < expected:
            # The next start finds out whether it is another topic of this name; nothing of it was applied.
            self.give_up("offsets went back", topic=tp.topic, partition=tp.partition, expected=expected, found=first)

    def give_up(self, why: str, *, exit_code: int = RESTART_EXIT_CODE, **facts: Any) -> NoReturn:
        """End the process at once, without a checkpoint; by default to be started again from the last one."""
        self.observer.say("giving up", why=why, exit_code=exit_code, **facts)
        os._exit(exit_code)

    def _crash(self, reason: BaseException) -> None:
        """Ask for another start where Kafka is the reason of a crash in Faust: nothing of ours has gone wrong."""
        if isinstance(reason, KafkaError) and not self.should_stop:
            give_up_on_kafka(self.give_up, self.conf.id, "Kafka failed", reason)
        super()._crash(reason)

    async def keep_up(self) -> None:
        """Run the checkpoints of a stream that has gone quiet."""
        with or_give_up(self.give_up, "upkeep failed"):
            while True:
                await self.sleep(self.checkpoint.interval_s / 2)
                if self.should_stop:
                    return
                await self._pass_over_gaps()
                if self.checkpoint.is_due():
                    await self._run_checkpoint()

    async def _run_checkpoint(self) -> None:
        self.observer.checkpointed(await self.checkpoint.run())

    async def _pass_over_gaps(self) -> None:
        """Count as done what lies behind the last record that was applied and holds no record for us."""
        for tp, (end, position) in (await self.batches.passed_over()).items():
            done = self.checkpoint.progress.get(tp, self.batches.starts.get(tp))
            # Done may be more than where the last batch ended: an earlier gap has been passed over.
            if done is not None and end <= done < position:
                self.checkpoint.progress[tp] = position

    def on_expired(self, tp: TP, committed: int, earliest: int) -> None:
        """Count as done what was deleted unread; the next checkpoint commits it, so that it is told of once."""
        self.checkpoint.progress[tp] = max(self.checkpoint.progress.get(tp, 0), earliest)
        self.observer.expired(tp, committed, earliest)

    def _create_directories(self) -> None:
        """Make none: the tables are in memory, and the file system may be read-only."""

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self, on_expired=self.on_expired)

    async def _settle(self) -> None:
        """Stop the flow, make everything durable that was applied, and commit it at once."""
        self.epoch += 1
        self.batches.stop_flow()
        self.flow_control.suspend()
        await self._run_checkpoint()
        await self.batches.force_commit()

    async def _on_partitions_revoked(self, revoked: set[TP]) -> None:
        if revoked and not self.should_stop:
            if self.batches.generation() < 0:
                self.give_up("evicted from the group")
            await self._settle()
            self.checkpoint.forget()
            self.observer.say("partitions revoked", n_partitions=self._n_source(revoked))
        await super()._on_partitions_revoked(revoked)

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self.processor.keep_only({tp.partition for tp in assigned if tp.topic == self.source.get_topic_name()})
        self._skip_own_writes(assigned)
        await super()._on_partitions_assigned(assigned, generation_id)
        self.observer.say("partitions assigned", n_partitions=self._n_source(assigned))

    def _n_source(self, tps: set[TP]) -> int:
        return sum(tp.topic == self.source.get_topic_name() for tp in tps)

    def _skip_own_writes(self, assigned: set[TP]) -> None:
        """Start the replay of a partition that we keep behind our own last write: its state is in memory."""
        written = self.checkpoint.written
        for lost in written.keys() - assigned:
            del written[lost]
        replayed = cast(Any, self.tables).recovery.active_offsets
        for tp, offset in written.items():
            if tp in replayed:
                replayed[tp] = offset

    def on_rebalance_end(self) -> None:
        """Stop fetching our own changelog once the tables have been recovered."""
        super().on_rebalance_end()
        self.add_future(self.batches.pause_topics(self.tables.changelog_topics))
        self.observer.say("reading points", n_partitions=len(self.batches.starts))

    async def on_stop(self) -> None:
        """Make a checkpoint before leaving, unless something crashed: then the state may be half applied.

        A broker that does not answer would keep us for a minute: the checkpoint before is as good a place to go on.
        """
        asyncio.get_running_loop().call_later(STOP_TIMEOUT_S, self.give_up, "the end takes too long")
        if self.started_consumer is not None and self.checkpoint.progress and not self.crashed:
            await self._settle()
        await super().on_stop()
