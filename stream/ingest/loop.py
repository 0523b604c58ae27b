"""The loop of `streamgauge ingest`: read, write, wait for the broker, commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Final

import structlog
from aiokafka.errors import (
    CommitFailedError,
    GroupAuthorizationFailedError,
    IllegalStateError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from stream.errors import AuthenticationError, BrokerUnreachableError, StreamgaugeError
from stream.ingest.batch import IngestBatch
from stream.ingest.batch_reader import BatchReader
from stream.ingest.format_records import FormatRecords
from stream.ingest.progress import Progress
from stream.ingest.registry.schemas import Schemas
from stream.ingest.samples.name_template import NameTemplate
from stream.ingest.samples.new_series import NewSeriesLimit
from stream.ingest.samples.series_names import SeriesNames
from stream.ingest.source_message import SourceMessage
from stream.ingest.sources import Sources
from stream.ingest.topic_formats import TopicFormats
from stream.ingest.transport.reading import MAX_BYTES, MAX_MESSAGES, Reading, group_id
from stream.ingest.transport.writing import Writing
from stream.settings.settings import Settings

STOP_TIMEOUT_S: Final = 10.0
"""How long messages in hand may take once it is to end; they are read again at the next start otherwise."""

MESSAGES_PER_STEP: Final = 100
"""Between two turns of the event loop, in which the client tells the group that it lives."""

log = structlog.get_logger(__name__)


class Ingest:
    """Reads until it is to end.

    Every point is written at least once: offsets are committed after the broker has acknowledged all points of the
    messages before them. What is written twice after a kill has the same series and timestamp, and workers know
    repeats by that.

    Parameters
    ----------
    settings : Settings
    sources : Sources
    progress : Progress
    """

    def __init__(self, settings: Settings, sources: Sources, progress: Progress) -> None:
        chosen = settings.ingest
        self._settings, self._sources, self._progress = settings, sources, progress
        self._schemas = Schemas(settings)
        self._formats = TopicFormats(sources, self._schemas)
        self._limit = NewSeriesLimit(chosen.new_series, time.monotonic())
        names = SeriesNames(chosen.drop_labels, chosen.keep_labels, NameTemplate.of(chosen.name))
        self._batch_reader = BatchReader(self._formats, names, self._limit, settings.future_tolerance_s)
        self._reading, self._writing = Reading(settings, sources), Writing(settings)
        self._records = FormatRecords(settings)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set.

        Raises
        ------
        BrokerUnreachableError, TopicError
            If the broker takes or gives nothing any more.
        """
        try:
            async with AsyncExitStack() as stack:
                await self._start(stack)
                turns = asyncio.create_task(self._turns(stop))
                stopped = asyncio.create_task(stop.wait())
                await asyncio.wait((turns, stopped), return_when=asyncio.FIRST_COMPLETED)
                stopped.cancel()
                await _finish(turns)
        except KafkaError as error:
            raise explained(error, group_id(self._settings)) from error

    async def _start(self, stack: AsyncExitStack) -> None:
        if self._sources.has_auto:  # Where every format is named, there is no topic of those that were found.
            self._formats.remember(await asyncio.to_thread(self._records.read))
        for part in (self._writing, self._reading):
            stack.push_async_callback(part.stop)
            await part.start()
        log.info("reading", topics=self._sources.names, group=group_id(self._settings), to=self._settings.metrics_topic)

    async def _turns(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            messages = await self._reading.gather()
            async with self._reading.in_hand:
                for some in _portions(messages):
                    await self._turn(some)
            self._progress.report(await self._reading.n_behind(), self._limit.n_refused)
        self._progress.report(await self._reading.n_behind(), self._limit.n_refused, at_once=True)

    async def _turn(self, messages: Sequence[SourceMessage]) -> None:
        """Take messages from the source topics to the metrics topic, and commit them."""
        for topic, found in self._formats.recognise(messages).items():
            self._formats.fix(topic, await asyncio.to_thread(self._records.agree, topic, found))
        await self._schemas.prepare(self._registered(messages))
        batch = await self._read(messages)
        letters = await self._writing.write(batch)
        self._progress.add(len(messages), batch.n_points, letters)
        self._progress.add_unknown_fields(self._formats.unknown_fields())
        self._formats.log_meanings()
        try:
            await self._reading.commit(messages)
        except (CommitFailedError, IllegalStateError):
            log.warning("the partitions went to another while these messages were written; it writes them again")

    def _registered(self, messages: Sequence[SourceMessage]) -> Iterator[bytes | None]:
        """Return the values of messages that have a schema in a registry."""
        is_registered = self._formats.is_registered
        return (message.record.value for message in messages if is_registered(message.source.topic))

    async def _read(self, messages: Sequence[SourceMessage]) -> IngestBatch:
        batch, now_ms = IngestBatch(), round(1000 * time.time())
        for start in range(0, len(messages), MESSAGES_PER_STEP):
            self._batch_reader.read(messages[start : start + MESSAGES_PER_STEP], batch, now_ms, time.monotonic())
            await asyncio.sleep(0)
        return batch


async def _finish(turns: asyncio.Task[None]) -> None:
    """Wait for what is in hand; raise the error of turns that failed."""
    await asyncio.wait((turns,), timeout=STOP_TIMEOUT_S)
    if turns.done():
        turns.result()
    else:
        turns.cancel()
        log.warning("ended with messages in hand", text="they are read again at the next start")


def explained(error: KafkaError, group: str) -> StreamgaugeError:
    """Return the error for a user: a missing right, or a broker that is away."""
    if isinstance(error, (GroupAuthorizationFailedError, TopicAuthorizationFailedError)):
        return AuthenticationError(
            f"the broker does not let this user read the topics as the consumer group {group}: {error!r}; give it the "
            "rights that docs/security.md lists"
        )
    return BrokerUnreachableError(f"the broker gives no answer: {error!r}")


def _portions(messages: Sequence[SourceMessage]) -> Iterator[Sequence[SourceMessage]]:
    """Split messages so that none of the parts is more than is to be in hand at once."""
    start = n_bytes = 0
    for at, message in enumerate(messages):
        n_bytes += len(message.record.value or b"")
        if at - start == MAX_MESSAGES or n_bytes > MAX_BYTES:
            yield messages[start : at + 1]
            start, n_bytes = at + 1, 0
    if start < len(messages):
        yield messages[start:]
