"""The format of each topic: set, remembered, or found from its first messages; from then on fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from stream.ingest.formats import AUTO, recognise
from stream.ingest.samples.sample import Reader
from stream.ingest.source_message import SourceMessage
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
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._remembered: dict[str, str] = {}
        self._readers: dict[str, Reader] = {}

    def reader(self, topic: str) -> Reader | None:
        """Return what reads the messages of a topic; None while its format is not known."""
        return self._readers.get(topic)

    def remember(self, formats: Mapping[str, str]) -> None:
        """Take formats that were found before, for topics that have none that is set."""
        self._remembered.update(formats)

    def recognise(self, messages: Sequence[SourceMessage]) -> dict[str, str]:
        """Return the formats of new topics, as far as they have to be found and are."""
        found: dict[str, str] = {}
        for topic in {message.source.topic for message in messages} - self._readers.keys():
            chosen = self._sources.format_of(topic)
            if chosen != AUTO:
                self._readers[topic] = self._sources.reader_of(topic, chosen)
            elif topic in self._remembered:
                self.fix(topic, self._remembered[topic])
            else:
                name = _majority([message for message in messages if message.source.topic == topic][:N_FIRST])
                found |= {} if name is None else {topic: name}
        return found

    def fix(self, topic: str, format_name: str) -> None:
        """Read a topic in a format from now on, and log it."""
        self._readers[topic] = self._sources.reader_of(topic, format_name)
        log.info("format found", topic=topic, format=format_name, same_as=f"streamgauge ingest {topic}={format_name}")


def _majority(messages: Sequence[SourceMessage]) -> str | None:
    return recognise((each.record.value, each.timestamp_ms) for each in messages if each.record.value is not None)
