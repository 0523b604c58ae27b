"""Which topics are read, and the format of each: named on the command line, or found from its first messages."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase, translate
from typing import NamedTuple

from stream.errors import SettingsError
from stream.ingest.formats import AUTO, READERS

_WILDCARDS = re.compile(r"[*?\[]")


class Source(NamedTuple):
    """A topic, or a pattern of topics, and its format.

    Attributes
    ----------
    topic : str
        `*`, `?` and `[abc]` as in a shell.
    format_name : str
        A key of `READERS`, or `AUTO`.
    """

    topic: str
    format_name: str

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

    @property
    def names(self) -> list[str]:
        """The topics that are named, without patterns."""
        return [source.topic for source in self._sources if not source.is_pattern]

    @property
    def has_pattern(self) -> bool:
        """Whether topics that are yet to come may be read too."""
        return any(source.is_pattern for source in self._sources)

    def format_of(self, topic: str) -> str:
        """Return the format that was chosen for a topic, which may be `AUTO`."""
        return next(source.format_name for source in self._sources if fnmatchcase(topic, source.topic))

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
    format_name = format_name or AUTO
    if format_name not in READERS and format_name != AUTO:
        close = get_close_matches(format_name, READERS, n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise SettingsError(f"{text}: expected one of {AUTO}, {', '.join(READERS)}; found {format_name}{meant}")
    if not topic:
        raise SettingsError(f"{text}: expected TOPIC or TOPIC=FORMAT; found no topic")
    return Source(topic, format_name)
