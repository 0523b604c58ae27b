"""Faust app of ingest: messages of source topics in, points out.

The agent takes over whole batches of all partitions and waits while enough of them is gathered. Beside it, a task
takes what is gathered, in one order for all partitions, writes its points and commits it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Final

import structlog
from faust.types import TP

from stream.errors import BrokerUnreachableError, StreamgaugeError
from stream.events.dead_letter import SourcePartition
from stream.ingest.batch_reader import IngestBatch
from stream.ingest.converter import Converter
from stream.ingest.format_records import own_topics
from stream.ingest.progress import Progress
from stream.ingest.source_buffer import SourceBuffer, SourceMessage, portions
from stream.ingest.sources import Sources
from stream.kafka.topics.records import Record, Records
from stream.settings.settings import Settings
from stream.worker.engine.batch_app import BatchApp
from stream.worker.engine.observer import Observer
from stream.worker.engine.reading.chunker import AdaptiveChunker
from stream.worker.ingest.writer import PointWriter

COMMIT_TIMEOUT_S: Final = 60.0

FAUST = logging.getLogger("faust.ingest")
"""Faust writes its own life's story in the name of a subclass's module; under this name it is kept back."""

log = structlog.get_logger()


class IngestApp(BatchApp):
    """Writes every point at least once.

    Offsets are committed after the broker has acknowledged all points of the messages before them. What is written
    twice after a kill has the same series and timestamp, and workers know repeats by that.

    Parameters
    ----------
    settings : Settings
    sources : Sources
    converter : Converter
    progress_log : Progress
    observer : Observer
    finish_s : float
        How long messages in hand may take once it is to end; otherwise they are read again at the next start.
    **options
        Faust settings.
    """

    logger = FAUST
    stop_timeout_s: ClassVar[float] = 15.0
    kafka_exit_code: ClassVar[int] = BrokerUnreachableError.exit_code

    def __init__(
        self,
        settings: Settings,
        sources: Sources,
        *,
        converter: Converter,
        progress_log: Progress,
        observer: Observer,
        finish_s: float,
        **options: Any,
    ) -> None:
        topics = () if sources.has_pattern else sources.names
        pattern = sources.pattern(own_topics(settings)) if sources.has_pattern else None
        super().__init__(group_id(settings), *topics, pattern=pattern, observer=observer, **options)
        self._metrics_topic = settings.metrics_topic
        self._converter, self._progress_log, self._finish_s = converter, progress_log, finish_s
        self._buffer: SourceBuffer[TP] = SourceBuffer()
        self._writer = PointWriter(settings, lambda: self.sender)
        self._chunker = AdaptiveChunker()
        self._in_hand = asyncio.Lock()
        self.task(self.write_loop)

    async def on_first_start(self) -> None:
        """Read what was found by those that ran before."""
        await super().on_first_start()
        with self._abort_on_failure():
            await self._converter.start()

    async def consume(self, stream: Any) -> None:
        """Gather what each fetch brings."""
        async for fetched in stream:
            with self._abort_on_failure():
                for tp, batch in fetched.items():
                    self._check_continuity(tp, batch)
                    self._buffer.add(tp, source_messages(tp, batch.records))
                    self.progress[tp] = batch.records[-1].offset + 1
                await self._buffer.room()

    async def write_loop(self) -> None:
        """Write and commit what is gathered, until the end."""
        with self._abort_on_failure():
            while not self.should_stop:
                await self._buffer.gathered()
                await self._pass_over_gaps()
                async with self._in_hand:
                    await self._write(self._buffer.take(self._behind()))
                self._report()

    def _report(self, *, at_once: bool = False) -> None:
        self.observer.on_lag(self.batches.lag({}))
        self._progress_log.report(self._converter.n_refused, at_once=at_once)

    async def _write(self, messages: list[SourceMessage]) -> None:
        for some in portions(messages):
            batch = await self._convert(some)
            letters = await self._writer.write(batch)
            self._progress_log.add(len(some), batch.n_points, letters)
            self._progress_log.add_unknown_fields(self._converter.unknown_fields())
            self._converter.log_meanings()
        self.batches.positions.update(self._buffer.next_offsets(self.progress))
        if not await self._commit() and messages:
            log.warning("the partitions went to another while these messages were written; it writes them again")

    async def _convert(self, messages: list[SourceMessage]) -> IngestBatch:
        await self._converter.prepare(messages)
        batch, n_read = IngestBatch(), 0
        while n_read < len(messages):
            chunk = self._chunker.chunk(messages, n_read)
            started_s = time.perf_counter()
            self._converter.read(chunk, batch)
            self._chunker.record(time.perf_counter() - started_s)
            n_read += len(chunk)
            await asyncio.sleep(0)
        return batch

    async def _commit(self) -> bool:
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT_S):
                return bool(await self.batches.force_commit())
        except TimeoutError as error:
            raise BrokerUnreachableError(
                f"no broker has taken the offsets of group {self.conf.id} within {COMMIT_TIMEOUT_S:g} s; their "
                "messages are read again at the next start"
            ) from error

    def _behind(self) -> list[TP]:
        """Return the partitions of which not everything was received."""
        starts, first_ends = self.batches.starts, self.batches.first_ends
        ends = {tp: max(end or 0, first_ends[tp]) for tp, end in self.batches.fetched_ends().items()}
        return [tp for tp, end in ends.items() if self.progress.get(tp, starts[tp]) < end]

    def _on_offsets_back(self, tp: TP, expected: int, found: int) -> None:
        """Read on: it is another topic of this name, or a repeat, and neither harms."""
        log.warning("offsets went back", topic=tp.topic, partition=tp.partition, expected=expected, found=found)
        self.batches.forget_commit(tp)

    async def _on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finish what is in hand; what only waits is read again from what was committed."""
        if revoked and not self.should_stop:
            self._suspend()
            async with self._in_hand:
                self._buffer.drop()
            self._clear_positions()
            self.observer.on_event("partitions revoked", group=self.conf.id, n_partitions=len(revoked))
        await super()._on_partitions_revoked(revoked)

    def on_rebalance_end(self) -> None:
        """Report what is read from now on."""
        super().on_rebalance_end()
        starts = self.batches.starts
        facts = {"topics": sorted({tp.topic for tp in starts}), "n_partitions": len(starts)}
        self.observer.on_event("reading", **facts, group=self.conf.id, to=self._metrics_topic)

    async def on_stop(self) -> None:
        """Finish what is in hand, then leave."""
        if self.started_consumer is not None and not self.crashed:
            self._suspend()
            try:
                async with asyncio.timeout(self._finish_s), self._in_hand:
                    self._buffer.drop()
            except TimeoutError:
                log.warning("ended with messages in hand", text="they are read again at the next start")
            self._report(at_once=True)
        await super().on_stop()

    def leave(self) -> None:
        """End the process whose orderly end takes too long: nothing is lost by that."""
        log.warning("ended without leaving the group", group=self.conf.id)
        os._exit(0)

    @contextmanager
    def _abort_on_failure(self) -> Iterator[None]:
        """End the process by the error that a part of it ended with."""
        try:
            yield
        except StreamgaugeError as error:
            self.abort(str(error), exit_code=error.exit_code)
        except Exception as error:
            self.abort(f"ingest failed: {error!r}", exit_code=StreamgaugeError.exit_code, exc_info=True)


def group_id(settings: Settings) -> str:
    """Return the consumer group of ingest, which is not the workers'."""
    return f"{settings.app_id}-ingest"


def source_messages(tp: TP, records: Records) -> list[SourceMessage]:
    """Return the records of a partition with where they come from."""
    source, now_ms = SourcePartition(tp.topic, tp.partition), round(1000 * time.time())
    return [SourceMessage(source, _sent_ms(record, now_ms), record) for record in records]


def _sent_ms(record: Record, now_ms: int) -> int:
    return now_ms if record.timestamp is None or record.timestamp < 0 else record.timestamp
