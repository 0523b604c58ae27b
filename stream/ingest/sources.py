"""Which topics are read, and the format of each: named on the command line, or found from its first messages."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase, translate
from typing import NamedTuple, Self

from stream.errors import SettingsError
from stream.formats.tolerant.moments import Moments
from stream.ingest.formats import AUTO, FORMATS, JSON, NATIVE, READERS, SCHEMA_REGISTRY
from stream.ingest.readers.flat import FlatReader
from stream.ingest.readers.mapped import MappedReader
from stream.ingest.readers.native import NativeReader
from stream.ingest.samples.json_path import JsonPath
from stream.ingest.samples.sample import Reader
from stream.settings.commands import IngestTopic

_WILDCARDS = re.compile(r"[*?\[]")


class Source(NamedTuple):
    """A topic, or a pattern of topics, and what is known of its messages."""

    topic: str
    """`*`, `?` and `[abc]` as in a shell."""
    format_name: str
    """A key of `READERS`, or `AUTO`."""
    settings: IngestTopic | None = None
    """What the settings say of it beyond its format."""

    @property
    def is_pattern(self) -> bool:
        """Whether it may stand for several topics, and for some that are yet to come."""
        return _WILDCARDS.search(self.topic) is not None


class Sources:
    """The topics of one command.

    Parameters
    ----------
    sources : sequence of Source
        The first whose topic matches decides the format.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        for source in sources:
            source_reader(source, JSON)  # A path that is none is refused now, not at the first message.

    @classmethod
    def of(cls, texts: Sequence[str], known: Sequence[IngestTopic]) -> Self:
        """Return the topics of a command line; those of the settings where it names none.

        A topic without a format has what the settings say of it.

        Raises
        ------
        SettingsError
            If there are none, or one is wrong.
        """
        if not texts and not known:
            raise SettingsError(
                "expected a TOPIC to read, or [[ingest.topics]] in the file of settings (--config); found neither"
            )
        named = [_with_settings(parse_source(text), known) for text in texts]
        return cls(named or [Source(each.topic, check_format(each.format, each.topic), each) for each in known])

    @property
    def names(self) -> list[str]:
        """The topics that are named, without patterns."""
        return [source.topic for source in self._sources if not source.is_pattern]

    @property
    def has_pattern(self) -> bool:
        """Whether topics that are yet to come may be read too."""
        return any(source.is_pattern for source in self._sources)

    @property
    def has_auto(self) -> bool:
        """Whether the format of a topic may have to be found."""
        return any(source.format_name == AUTO for source in self._sources)

    @property
    def has_registered(self) -> bool:
        """Whether a topic is said to hold messages of a Schema Registry."""
        return any(source.format_name == SCHEMA_REGISTRY for source in self._sources)

    def format_of(self, topic: str) -> str:
        """Return the format that was chosen for a topic, which may be `AUTO`."""
        source = next(source for source in self._sources if fnmatchcase(topic, source.topic))
        is_mapped = source.settings is not None and source.settings.values
        return JSON if is_mapped and source.format_name == AUTO else source.format_name

    def reader_of(self, topic: str, format_name: str) -> Reader:
        """Return what reads a topic in a format."""
        return source_reader(next(each for each in self._sources if fnmatchcase(topic, each.topic)), format_name)

    def pattern(self, excluded: Collection[str]) -> str:
        """Write all sources as one regular expression that matches none of the excluded topics."""
        ours = "|".join(map(re.escape, sorted(excluded)))
        theirs = "|".join(translate(source.topic) for source in self._sources)
        return f"^(?!(?:{ours})$)(?:{theirs})"

    def check(self, ours: Collection[str], metrics_topic: str) -> None:
        """Refuse to read what is written: it would go round for ever.

        Raises
        ------
        SettingsError
        """
        for name in self.names:
            if name in ours:
                raise SettingsError(
                    f"{name} is a topic that streamgauge itself writes, and cannot be one to read other formats from; "
                    f"if others write there, let the points go elsewhere: --metrics-topic {metrics_topic}-points, "
                    "for ingest and for the worker"
                )


def parse_source(text: str) -> Source:
    """Read `TOPIC` or `TOPIC=FORMAT`.

    Raises
    ------
    SettingsError
        If there is no such format.
    """
    topic, _, format_name = text.partition("=")
    if not topic:
        raise SettingsError(f"{text}: expected TOPIC or TOPIC=FORMAT; found no topic")
    return Source(topic, check_format(format_name or AUTO, text))


def check_format(name: str, place: str) -> str:
    """Return the name of a format.

    Raises
    ------
    SettingsError
        If there is none of this name.
    """
    if name not in FORMATS and name != AUTO:
        close = get_close_matches(name, FORMATS, n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise SettingsError(f"{place}: expected one of {AUTO}, {', '.join(FORMATS)}; found {name}{meant}")
    return name


def source_reader(source: Source, format_name: str) -> Reader:
    """Return what reads a source in a format; for that of a Schema Registry what reads its messages as JSON.

    Raises
    ------
    SettingsError
        If a path of its settings is none.
    """
    chosen = source.settings
    if chosen is not None and chosen.values:
        return _mapped(chosen)
    if format_name in (JSON, NATIVE, SCHEMA_REGISTRY):
        moments = Moments() if chosen is None else Moments(chosen.timestamp_unit, chosen.timezone)
        return NativeReader(moments) if format_name == NATIVE else FlatReader(moments)
    return READERS[format_name]


def _mapped(chosen: IngestTopic) -> Reader:
    return MappedReader(
        points=JsonPath(chosen.points or "$"),
        time=None if chosen.time is None else JsonPath(chosen.time),
        name=None if chosen.name is None else JsonPath(chosen.name),
        values={name: JsonPath(path) for name, path in chosen.values.items()},
        labels={name: JsonPath(path) for name, path in chosen.labels.items()},
        moments=Moments(chosen.timestamp_unit, chosen.timezone),
    )


def _with_settings(source: Source, known: Sequence[IngestTopic]) -> Source:
    """Add what the settings say of a topic that the command line names without a format."""
    found = next((each for each in known if fnmatchcase(source.topic, each.topic) or source.topic == each.topic), None)
    if found is None or source.format_name != AUTO:
        return source
    return Source(source.topic, check_format(found.format, source.topic), found)
