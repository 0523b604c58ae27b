"""Faust app: batches, checkpoints, rebalances, and shutdown."""

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
from stream.kafka.topics.records import Records
from stream.worker.engine.abort import abort_on_exception, abort_on_kafka_error
from stream.worker.engine.checkpoint import Checkpoint, Topics
from stream.worker.engine.observer import Observer
from stream.worker.engine.reading.batch import FetchedBatch
from stream.worker.engine.reading.chunker import AdaptiveChunker
from stream.worker.engine.reading.consumer import BatchConsumer, BatchTransport, PassThrough
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.sending.producer import REQUEST_TIMEOUT_S, Producer
from stream.worker.engine.store import StateTable, Store, Tables
from stream.worker.engine.waits import Waits

RECOVERY_BATCHES = 1
"""Batches of the changelog that recovery holds before it applies them. Faust means records by its 1,000."""

STOP_TIMEOUT_S = 4.0
"""Time for an orderly end, from SIGTERM to the last commit; 5 s are promised for the process."""

METADATA_MAX_AGE_MS = 10_000
"""A leader of the group that joined before the broker knew its topics assigns nothing, until it asks again."""


class Processor(Store, Protocol):
    """The store together with what changes it."""

    def apply(self, partition: int, records: Records, outbox: Outbox) -> None:
        """Apply consecutive records; put results into the outbox."""


class Engine(faust.App):
    """A Faust app with one source topic and one table.

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
            consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
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
        self._chunker = AdaptiveChunker()
        self._checkpoint_interval_s = checkpoint_interval_s
        self.source = self.topic(source_topic, schema=PassThrough(), acks=False)
        self.states = self.Table(
            "state",
            key_type=bytes,
            value_type=bytes,
            schema=PassThrough(),
            recovery_buffer_size=RECOVERY_BATCHES,
            state=processor,
            give_up=self.abort,
        )
        self.agent(self.source)(self.consume)
        self.task(self.checkpoint_loop)

    @property
    def changelog_topic(self) -> str:
        """Name the topic that holds the packed state records."""
        return str(self.states.changelog_topic.get_topic_name())

    @property
    def batches(self) -> BatchConsumer:
        """Return Faust's consumer with its type."""
        return cast(BatchConsumer, self.consumer)

    @property
    def started_consumer(self) -> BatchConsumer | None:
        """Return the consumer if it exists already."""
        return self._consumer if isinstance(self._consumer, BatchConsumer) else None

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """Return what makes the state durable."""
        return Checkpoint(
            self._checkpoint_interval_s,
            self.conf.broker_session_timeout / 2,
            store=self.processor,
            outbox=self.outbox,
            member=self.batches,
            producer=lambda: self.sender,
            topics=Topics(self.changelog_topic, self.scores_topic),
            waits=self.waits,
            give_up=self.abort,
        )

    @cached_property
    def sender(self) -> Producer:
        """Return Faust's own aiokafka producer."""
        return Producer(cast(Any, self.producer)._ensure_producer(), self.waits)

    async def consume(self, stream: Any) -> None:
        """Apply batches; stop when partitions are revoked."""
        async for batch in stream:
            tp = stream.current_event.message.tp
            with abort_on_exception(self.abort, "chunk failed"):
                self._check_continuity(tp, batch)
                await self._apply_all(tp, batch.records)

    async def _apply_all(self, tp: TP, records: Records) -> None:
        epoch, n_applied = self.epoch, 0
        while n_applied < len(records) and self.epoch == epoch:
            if self._are_other_rules_due(tp, records[n_applied].offset):
                self.checkpoint.progress[tp] = records[n_applied].offset
                self.observer.on_checkpoint(await self.checkpoint.change_rules())
                continue
            chunk = self._chunker.chunk(records, n_applied)
            await self._apply(tp, chunk)
            n_applied += len(chunk)

    async def _apply(self, tp: TP, records: Records) -> None:
        started = time.perf_counter()
        self.processor.apply(tp.partition, records, self.outbox)
        self.checkpoint.progress[tp] = records[-1].offset + 1
        self._chunker.record(records, time.perf_counter() - started)
        if self.outbox:
            await self.outbox.send(self.sender, self.scores_topic)
        await self.checkpoint.keep_pace()

    def _are_other_rules_due(self, tp: TP, offset: int) -> bool:
        return self.processor.is_rule_change_due(tp.partition) and self.checkpoint.may_change_rules(tp, offset)

    def _check_continuity(self, tp: TP, batch: FetchedBatch) -> None:
        """Check that a batch starts at the expected offset.

        Its first record may lie behind its start: what lies between, such as markers of transactions, is no record.
        """
        expected, start = self.checkpoint.progress.get(tp, self.batches.starts.get(tp)), batch.start
        if expected is None or start > expected:
            self.abort("records are missing", topic=tp.topic, partition=tp.partition, expected=expected, found=start)
        first = batch.records[0].offset
        if first < expected:
            # The next start finds out whether it is another topic of this name; nothing of it was applied.
            self.abort("offsets went back", topic=tp.topic, partition=tp.partition, expected=expected, found=first)

    def abort(self, why: str, *, exit_code: int = RESTART_EXIT_CODE, **facts: Any) -> NoReturn:
        """End the process without a checkpoint, to be restarted."""
        self.observer.on_event("giving up", why=why, exit_code=exit_code, **facts)
        os._exit(exit_code)

    def _crash(self, reason: BaseException) -> None:
        """Request a restart where Kafka caused Faust's crash."""
        if isinstance(reason, KafkaError) and not self.should_stop:
            abort_on_kafka_error(self.abort, self.conf.id, "Kafka failed", reason)
        super()._crash(reason)

    async def checkpoint_loop(self) -> None:
        """Make checkpoints beside the agent, each an interval after the one before."""
        with abort_on_exception(self.abort, "upkeep failed"):
            while True:
                await self.sleep(self.checkpoint.interval_s)
                if self.should_stop:
                    return
                await self._pass_over_gaps()
                if self.checkpoint.is_needed():
                    await self._run_checkpoint()

    async def _run_checkpoint(self) -> None:
        self.observer.on_checkpoint(await self.checkpoint.run())

    async def _pass_over_gaps(self) -> None:
        """Advance past offsets that hold no records."""
        for tp, (end, position) in (await self.batches.passed_over()).items():
            done = self.checkpoint.progress.get(tp, self.batches.starts.get(tp))
            # Done may be more than where the last batch ended: an earlier gap has been passed over.
            if done is not None and end <= done < position:
                self.checkpoint.progress[tp] = position

    def on_expired(self, tp: TP, committed: int, earliest: int) -> None:
        """Advance past records deleted unread, and report them."""
        self.checkpoint.progress[tp] = max(self.checkpoint.progress.get(tp, 0), earliest)
        self.observer.on_expired(tp, committed, earliest)

    def _create_directories(self) -> None:
        """Create no directories: tables are in memory."""

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self, on_expired=self.on_expired)

    async def _drain(self) -> None:
        """Stop the flow, checkpoint, and commit."""
        self.epoch += 1
        self.batches.stop_flow()
        self.flow_control.suspend()
        await self._run_checkpoint()
        await self.batches.force_commit()

    async def _on_partitions_revoked(self, revoked: set[TP]) -> None:
        if revoked and not self.should_stop:
            if self.batches.generation() < 0:
                self.abort("evicted from the group")
            await self._drain()
            self.checkpoint.clear_positions()
            self.observer.on_event("partitions revoked", n_partitions=self._n_source(revoked))
        await super()._on_partitions_revoked(revoked)

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self.processor.keep_only({tp.partition for tp in assigned if tp.topic == self.source.get_topic_name()})
        self._skip_own_writes(assigned)
        self.batches.begin_recovery()
        await super()._on_partitions_assigned(assigned, generation_id)
        self.observer.on_event("partitions assigned", n_partitions=self._n_source(assigned))

    def _n_source(self, tps: set[TP]) -> int:
        return sum(tp.topic == self.source.get_topic_name() for tp in tps)

    def _skip_own_writes(self, assigned: set[TP]) -> None:
        """Skip our own writes when replaying kept partitions."""
        written = self.checkpoint.written
        for lost in written.keys() - assigned:
            del written[lost]
        replayed = cast(Any, self.tables).recovery.active_offsets
        for tp, offset in written.items():
            if tp in replayed:
                replayed[tp] = offset

    def on_rebalance_end(self) -> None:
        """Stop fetching the changelog after recovery."""
        super().on_rebalance_end()
        self.batches.end_recovery()
        self.add_future(self.batches.pause_topics(self.tables.changelog_topics))
        self.observer.on_event("reading points", n_partitions=len(self.batches.starts))

    async def on_stop(self) -> None:
        """Checkpoint before leaving, unless something crashed.

        A broker that does not answer would keep us for a minute: the checkpoint before is as good a place to go on.
        """
        asyncio.get_running_loop().call_later(STOP_TIMEOUT_S, self.abort, "the end takes too long")
        if self.started_consumer is not None and self.checkpoint.progress and not self.crashed:
            await self._drain()
        await super().on_stop()
