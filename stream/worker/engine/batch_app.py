"""Faust app that takes over whole batches: what the worker and ingest share."""

from __future__ import annotations

import os
from abc import abstractmethod
from functools import cached_property
from typing import Any, ClassVar, NoReturn, cast

import faust
import mode
from aiokafka.errors import KafkaError
from faust.types import TP

from stream.errors import RESTART_EXIT_CODE
from stream.worker.engine.group import refusal
from stream.worker.engine.observer import Observer
from stream.worker.engine.reading.batch import FetchedBatch
from stream.worker.engine.reading.consumer import BatchConsumer, BatchTransport
from stream.worker.engine.reading.source import PassThrough
from stream.worker.engine.sending.producer import REQUEST_TIMEOUT_S, Producer
from stream.worker.engine.store import Tables
from stream.worker.engine.waits import Waits

METADATA_MAX_AGE_MS = 10_000
"""A leader of the group that joined before the broker knew its topics assigns nothing, until it asks again. A topic
that is new and matches a pattern is seen as soon."""

BATCH_BYTES = 262_144
"""Largest producer batch: some seventy state records a request."""

WENT_AWAY = "the broker went away during the start"


class BatchApp(faust.App):
    """A Faust app whose agent receives the records of a fetch whole.

    Parameters
    ----------
    app_id : str
        Consumer group.
    observer : Observer
    topics : sequence of str
        To read; none for a pattern.
    pattern : str or None
        Regular expression of the topics to read, also of those that are created later.
    **options
        Faust settings.

    Attributes
    ----------
    source : faust.Topic
        What the agent reads.
    progress : dict of TP to int
        Next offset after the last record that was taken over, of each source partition.
    stop_timeout_s : float
        Time for an orderly end, from SIGTERM to the last commit; of a worker 5 s are promised for the process.
    """

    stop_timeout_s: ClassVar[float] = 4.0
    kafka_exit_code: ClassVar[int] = RESTART_EXIT_CODE

    def __init__(
        self, app_id: str, *topics: str, observer: Observer, pattern: str | None = None, **options: Any
    ) -> None:
        super().__init__(
            app_id,
            store="memory://",
            table_standby_replicas=0,
            topic_disable_leader=True,
            stream_wait_empty=False,
            agent_supervisor=mode.CrashingSupervisor,
            web_enabled=False,
            producer_linger=0,  # What belongs together is sent together; a batch would wait for each before it.
            producer_max_batch_size=BATCH_BYTES,
            producer_request_timeout=REQUEST_TIMEOUT_S,
            consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
            TableManager=Tables,
            **options,
        )
        self.observer = observer
        self.progress: dict[TP, int] = {}
        self.waits = Waits()
        self.source = self.topic(*topics, pattern=pattern, schema=PassThrough(), acks=False)
        self.agent(self.source)(self.consume)

    @abstractmethod
    async def consume(self, stream: Any) -> None:
        """Take over what each fetch brings: a batch of each partition."""

    @property
    def batches(self) -> BatchConsumer:
        """Return Faust's consumer with its type."""
        return cast(BatchConsumer, self.consumer)

    @property
    def started_consumer(self) -> BatchConsumer | None:
        """Return the consumer if it exists already."""
        return self._consumer if isinstance(self._consumer, BatchConsumer) else None

    @cached_property
    def sender(self) -> Producer:
        """Return Faust's own aiokafka producer."""
        return Producer(cast(Any, self.producer)._ensure_producer(), self.waits)

    async def start(self) -> None:
        """Start, or end the process where the broker goes away meanwhile."""
        try:
            await super().start()
        except KafkaError as error:
            self.abort_on_kafka_error(WENT_AWAY, error)

    def abort(self, why: str, *, exit_code: int = RESTART_EXIT_CODE, **facts: Any) -> NoReturn:
        """End the process at once, by default to be restarted."""
        self.observer.on_event("giving up", why=why, exit_code=exit_code, **facts)
        os._exit(exit_code)

    def abort_on_kafka_error(self, why: str, error: BaseException) -> NoReturn:
        """Abort on a Kafka error; what is refused has its own exit code."""
        refused = refusal(error, self.conf.id)
        if refused is not None:
            self.abort(str(refused), exit_code=refused.exit_code)
        self.abort(why, exit_code=self.kafka_exit_code, error=repr(error))

    def leave(self) -> None:
        """End the process whose orderly end takes too long."""
        self.abort("the end takes too long")

    def _crash(self, reason: BaseException) -> None:
        """Abort where Kafka caused Faust's crash."""
        if isinstance(reason, KafkaError) and not self.should_stop:
            self.abort_on_kafka_error("Kafka failed", reason)
        super()._crash(reason)

    def _check_continuity(self, tp: TP, batch: FetchedBatch) -> None:
        """Check that a batch starts at the expected offset.

        Its first record may lie behind its start: what lies between, such as markers of transactions, is no record.
        """
        expected, start = self.progress.get(tp, self.batches.starts.get(tp)), batch.start
        if expected is None or start > expected:
            self.abort("records are missing", topic=tp.topic, partition=tp.partition, expected=expected, found=start)
        first = batch.records[0].offset
        if first < expected:
            self._on_offsets_back(tp, expected, first)

    def _on_offsets_back(self, tp: TP, expected: int, found: int) -> None:
        """Abort: the next start finds out whether it is another topic of this name.

        Nothing of it was applied.
        """
        self.abort("offsets went back", topic=tp.topic, partition=tp.partition, expected=expected, found=found)

    async def _pass_over_gaps(self) -> None:
        """Advance past offsets that hold no records."""
        for tp, (end, position) in (await self.batches.passed_over()).items():
            done = self.progress.get(tp, self.batches.starts.get(tp))
            # Done may be more than where the last batch ended: an earlier gap has been passed over.
            if done is not None and end <= done < position:
                self.progress[tp] = position

    def on_expired(self, tp: TP, committed: int, earliest: int) -> None:
        """Advance past records deleted unread, and report them."""
        self.progress[tp] = max(self.progress.get(tp, 0), earliest)
        self.observer.on_expired(tp, committed, earliest)

    def _suspend(self) -> None:
        """Hand no more batches to the agent."""
        self.batches.stop_flow()
        self.flow_control.suspend()

    def _clear_positions(self) -> None:
        """Clear source positions before a rebalance."""
        self.progress.clear()
        self.batches.positions.clear()
        self.batches.starts.clear()

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Read all that the group assigns; Faust knows no topics of a pattern."""
        if self.source.pattern is not None:
            for channel in cast(Any, self.topics):
                channel.topics = sorted({tp.topic for tp in assigned})
        await super()._on_partitions_assigned(assigned, generation_id)

    def on_rebalance_end(self) -> None:
        """Wait longer for the next message than for what is recovered."""
        super().on_rebalance_end()
        self.batches.end_recovery()

    def _create_directories(self) -> None:
        """Create no directories: nothing is kept on disk."""

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self, on_expired=self.on_expired)
