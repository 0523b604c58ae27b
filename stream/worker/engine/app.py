"""Faust app: batches, checkpoints, rebalances, and shutdown."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Protocol, cast

from faust.types import TP

from stream.kafka.topics.records import Records
from stream.worker.engine.abort import abort_on_exception
from stream.worker.engine.batch_app import BatchApp
from stream.worker.engine.checkpoint import Checkpoint, Topics
from stream.worker.engine.observer import EngineObserver
from stream.worker.engine.reading.backlog import Backlog
from stream.worker.engine.reading.chunker import AdaptiveChunker
from stream.worker.engine.reading.source import PassThrough
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.store import StateTable, Store

RECOVERY_BATCHES = 1
"""Batches of the changelog that recovery holds before it applies them. Faust means records by its 1,000."""


class Processor(Store, Protocol):
    """The store together with what changes it."""

    def apply(self, fetched: Mapping[int, Records], outbox: Outbox) -> None:
        """Apply consecutive records of each partition; put results into the outbox."""


class Engine(BatchApp):
    """A Faust app with one source topic and one table.

    Parameters
    ----------
    app_id : str
        Consumer group, and prefix of the changelog topic.
    processor : Processor
        Applies records and holds the state.
    observer : EngineObserver
    source_topic, scores_topic : str, str or None
    checkpoint_interval_s : float
    **options
        Faust settings.
    """

    observer: EngineObserver

    def __init__(
        self,
        app_id: str,
        *,
        processor: Processor,
        observer: EngineObserver,
        source_topic: str,
        scores_topic: str | None,
        checkpoint_interval_s: float,
        **options: Any,
    ) -> None:
        super().__init__(app_id, source_topic, observer=observer, Table=StateTable, **options)
        self.processor = processor
        self.outbox = Outbox()
        self.scores_topic = scores_topic
        self.epoch = 0
        self._chunker = AdaptiveChunker()
        self._checkpoint_interval_s = checkpoint_interval_s
        self.states = self.Table(
            "state",
            key_type=bytes,
            value_type=bytes,
            schema=PassThrough(),
            recovery_buffer_size=RECOVERY_BATCHES,
            state=processor,
            give_up=self.abort,
        )
        self.task(self.checkpoint_loop)

    @property
    def changelog_topic(self) -> str:
        """Name the topic that holds the packed state records."""
        return str(self.states.changelog_topic.get_topic_name())

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """Return what makes the state durable."""
        return Checkpoint(
            self._checkpoint_interval_s,
            self.conf.broker_session_timeout / 2,
            progress=self.progress,
            store=self.processor,
            outbox=self.outbox,
            member=self.batches,
            producer=lambda: self.sender,
            topics=Topics(self.changelog_topic, self.scores_topic),
            waits=self.waits,
            give_up=self.abort,
        )

    async def consume(self, stream: Any) -> None:
        """Apply what each fetch brings; stop when partitions are revoked."""
        async for fetched in stream:
            with abort_on_exception(self.abort, "chunk failed"):
                for tp, batch in fetched.items():
                    self._check_continuity(tp, batch)
                await self._apply_all(Backlog(fetched))

    async def _apply_all(self, backlog: Backlog) -> None:
        epoch = self.epoch
        while backlog and self.epoch == epoch:
            due = {tp: offset for tp, offset in backlog.next_offsets() if self._are_other_rules_due(tp, offset)}
            if due:
                self.progress |= due
                done = await self.checkpoint.change_rules(lambda: self.epoch == epoch)
                if done is not None:
                    self.observer.on_checkpoint(done)
            else:
                await self._apply(backlog.take(self._chunker))

    async def _apply(self, chunk: list[tuple[TP, Records]]) -> None:
        started = time.perf_counter()
        self.processor.apply({tp.partition: records for tp, records in chunk}, self.outbox)
        self.progress |= {tp: records[-1].offset + 1 for tp, records in chunk}
        self._chunker.record(time.perf_counter() - started)
        if self.outbox:
            await self.outbox.send(self.sender, self.scores_topic)
        await self.checkpoint.keep_pace()

    def _are_other_rules_due(self, tp: TP, offset: int) -> bool:
        return self.processor.is_rule_change_due(tp.partition) and self.checkpoint.may_change_rules(tp, offset)

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

    async def _drain(self) -> None:
        """Stop the flow, checkpoint, and commit."""
        self.epoch += 1
        self._suspend()
        await self._run_checkpoint()
        await self.batches.force_commit()

    async def _on_partitions_revoked(self, revoked: set[TP]) -> None:
        if revoked and not self.should_stop:
            if self.batches.membership().generation() < 0:
                self.abort("evicted from the group")
            await self._drain()
            self._clear_positions()
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
        self.add_future(self.batches.pause_topics(self.tables.changelog_topics))
        self.observer.on_event("reading points", n_partitions=len(self.batches.starts))

    async def on_stop(self) -> None:
        """Checkpoint before leaving, unless something crashed."""
        if self.started_consumer is not None and self.progress and not self.crashed:
            await self._drain()
        await super().on_stop()
