"""The format of each topic: set, remembered, or found from its first messages; from then on fixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import structlog

from stream.formats.tolerant.counts import Tolerated
from stream.ingest.formats import AUTO, SCHEMA_REGISTRY, recognise
from stream.ingest.readers.flat import FlatReader
from stream.ingest.readers.mapped import MappedReader
from stream.ingest.readers.native import NativeReader
from stream.ingest.registry.schemas import RegistryReader, Schemas
from stream.ingest.samples.sample import Reader
from stream.ingest.source_buffer import SourceMessage
from stream.ingest.sources import Sources

N_FIRST = 100
"""Messages of a topic by which its format is found."""

log = structlog.get_logger(__name__)


class TopicFormats:
    """Readers by topic.

    Parameters
    ----------
    sources : Sources
        Formats that are set.
    schemas : Schemas
        For the messages of a Schema Registry.
    """

    def __init__(self, sources: Sources, schemas: Schemas) -> None:
        self._sources = sources
        self._schemas = schemas
        self._remembered: dict[str, str] = {}
        self._readers: dict[str, Reader] = {}
        self._unit_unknown: set[str] = set()

    def reader(self, topic: str) -> Reader | None:
        """Return what reads the messages of a topic; None while its format is not known."""
        return self._readers.get(topic)

    def is_registered(self, topic: str) -> bool:
        """Whether a topic's messages have their schemas in a registry."""
        return isinstance(self._readers.get(topic), RegistryReader)

    def remember(self, formats: Mapping[str, str]) -> None:
        """Take formats that were found before, for topics that have none that is set."""
        self._remembered.update(formats)

    def recognise(self, messages: Sequence[SourceMessage]) -> dict[str, str]:
        """Return the formats of new topics, as far as they have to be found and are."""
        found: dict[str, str] = {}
        for topic in {message.source.topic for message in messages} - self._readers.keys():
            chosen = self._sources.format_of(topic)
            if chosen != AUTO:
                self._set(topic, chosen)
            elif topic in self._remembered:
                self.fix(topic, self._remembered[topic])
            else:
                name = _majority([message for message in messages if message.source.topic == topic][:N_FIRST])
                found |= {} if name is None else {topic: name}
        return found

    def log_meanings(self) -> None:
        """Log the unit of the times of each topic, once; it is known after the first messages."""
        for topic in [topic for topic in self._unit_unknown if self._unit(topic) is not None]:
            self._unit_unknown.remove(topic)
            log.info("timestamps understood", topic=topic, timestamp_unit=self._unit(topic))

    def unknown_fields(self) -> dict[str, Counter[str]]:
        """Return how often fields were passed over, by topic and field, and count anew."""
        counts = {}
        for topic, reader in self._readers.items():
            if isinstance(reader, NativeReader) and reader.tolerated.unknown_fields:
                counts[topic], reader.tolerated = Counter(reader.tolerated.unknown_fields), Tolerated()
        return counts

    def _unit(self, topic: str) -> str | None:
        reader = self._readers[topic]
        return reader.moments.form_found if isinstance(reader, (FlatReader, NativeReader, MappedReader)) else None

    def fix(self, topic: str, format_name: str) -> None:
        """Read a topic in a format from now on, and log it."""
        self._set(topic, format_name)
        log.info("format found", topic=topic, format=format_name, same_as=f"streamgauge ingest {topic}={format_name}")

    def _set(self, topic: str, format_name: str) -> None:
        reader = self._sources.reader_of(topic, format_name)
        self._readers[topic] = RegistryReader(self._schemas, reader) if format_name == SCHEMA_REGISTRY else reader
        self._unit_unknown.add(topic)


def _majority(messages: Sequence[SourceMessage]) -> str | None:
    return recognise((each.record.value, each.timestamp_ms) for each in messages if each.record.value is not None)
