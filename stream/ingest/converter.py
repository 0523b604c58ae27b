"""Messages of source topics to points, with what is known of each topic."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

from stream.ingest.batch_reader import BatchReader, IngestBatch
from stream.ingest.format_records import FormatRecords
from stream.ingest.registry.schemas import Schemas
from stream.ingest.samples.series_names import NameTemplate, NewSeriesLimit, SeriesNames
from stream.ingest.source_buffer import SourceMessage
from stream.ingest.sources import Sources
from stream.ingest.topic_formats import TopicFormats
from stream.settings.settings import Settings


class Converter:
    """Converts messages in the formats of their topics, and finds these."""

    def __init__(self, settings: Settings, sources: Sources) -> None:
        chosen = settings.ingest
        self._sources = sources
        self._schemas = Schemas(settings)
        self._formats = TopicFormats(sources, self._schemas)
        self._limit = NewSeriesLimit(chosen.new_series, time.monotonic())
        names = SeriesNames(chosen.drop_labels, chosen.keep_labels, NameTemplate.of(chosen.name))
        self._batch_reader = BatchReader(self._formats, names, self._limit, settings.future_tolerance_s)
        self._records = FormatRecords(settings)

    @property
    def n_refused(self) -> int:
        """Points of new series above the limit, since the start."""
        return self._limit.n_refused

    async def start(self) -> None:
        """Read which formats were found before.

        Raises
        ------
        BrokerUnreachableError
        """
        if self._sources.has_auto:  # Where every format is named, there is no topic of those that were found.
            self._formats.remember(await asyncio.to_thread(self._records.read))

    async def prepare(self, messages: Sequence[SourceMessage]) -> None:
        """Find the formats of new topics, and fetch the schemas that these messages need.

        Raises
        ------
        BrokerUnreachableError
            If what was found cannot be recorded.
        """
        for topic, found in self._formats.recognise(messages).items():
            self._formats.fix(topic, await asyncio.to_thread(self._records.agree, topic, found))
        is_registered = self._formats.is_registered
        await self._schemas.prepare(each.value for each in messages if is_registered(each.source.topic))

    def read(self, messages: Sequence[SourceMessage], batch: IngestBatch) -> None:
        """Read prepared messages into a batch."""
        self._batch_reader.read(messages, batch, round(1000 * time.time()), time.monotonic())

    def unknown_fields(self) -> dict[str, Counter[str]]:
        """Return how often fields were passed over, by topic and field, and count anew."""
        return self._formats.unknown_fields()

    def log_meanings(self) -> None:
        """Log what was found out of each topic's times, once."""
        self._formats.log_meanings()
