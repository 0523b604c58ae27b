"""What ingest does with messages between reading and writing them."""

from __future__ import annotations

from typing import NamedTuple

from stream.events.dead_letter import SourcePartition
from stream.ingest.batch_reader import BatchReader, IngestBatch
from stream.ingest.formats import AUTO
from stream.ingest.registry.schemas import Schemas
from stream.ingest.samples.series_names import NewSeriesLimit, SeriesNames
from stream.ingest.source_buffer import SourceMessage
from stream.ingest.sources import Source, Sources
from stream.ingest.topic_formats import TopicFormats
from stream.settings.settings import Settings

T = 1_795_466_329_000


class Message(NamedTuple):
    """A message of a topic, as a consumer gives it."""

    value: bytes | None
    timestamp: int = T
    offset: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Intake:
    """What ingest does with messages of the topic telegraf between reading and writing them."""

    def __init__(self, source: Source, names: SeriesNames) -> None:
        self._formats = TopicFormats(Sources([source]), Schemas(Settings()))
        self._batch_reader = BatchReader(self._formats, names, NewSeriesLimit(1000, 0.0), future_tolerance_s=60)

    def read(self, *values: bytes | None, now_ms: int = T) -> IngestBatch:
        messages = [SourceMessage(SourcePartition("telegraf", 0), T, Message(value)) for value in values]
        for topic, found in self._formats.recognise(messages).items():
            self._formats.fix(topic, found)
        batch = IngestBatch()
        self._batch_reader.read(messages, batch, now_ms, 0.0)
        return batch


def make_intake(format_name: str = AUTO, names: SeriesNames | None = None) -> Intake:
    return Intake(Source("*", format_name), names or SeriesNames())
