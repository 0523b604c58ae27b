"""Episodes of the anomalies topic, found by their ids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import msgspec

from stream.cli.control.records import moment
from stream.cli.echo import echo, progress
from stream.errors import DataError
from stream.events.anomalies import decode_event
from stream.events.episodes import EpisodeEvent
from stream.formats.rejections import excerpt
from stream.kafka.topics.offset_range import NoMessagesError, open_range
from stream.settings.settings import Settings

N_NAMED = 3


@dataclass(slots=True)
class PublishedEpisode:
    """An episode as its events tell of it."""

    first: EpisodeEvent
    """Its oldest event on the topic: that with which it opened, if that is still there."""
    last_ms: int
    """Event time up to which it is known to have lasted; its end if it has closed."""

    @property
    def id(self) -> str:
        """Its id."""
        return self.first.episode

    @property
    def series(self) -> str:
        """Name of its series."""
        return self.first.series

    @property
    def feature(self) -> str | None:
        """Name of the feature that it is about."""
        return None if self.first.feature is msgspec.UNSET else self.first.feature

    @property
    def evidence(self) -> str | None:
        """Kind of the evidence that opened it."""
        return None if self.first.evidence is msgspec.UNSET else self.first.evidence

    def add(self, event: EpisodeEvent) -> None:
        """Take in a later event."""
        end = event.timestamp if event.end is msgspec.UNSET else event.end
        self.last_ms = max(end, self.first.start) if event.state == "close" else max(self.last_ms, end)

    def __str__(self) -> str:
        """Name it for people."""
        of = "" if self.feature is None else f" \N{MIDDLE DOT} {self.feature}"
        return f"{self.id[:8]} ({excerpt(self.series, 60)}{of}, {moment(self.first.start)})"


def find_episode(settings: Settings, prefix: str) -> PublishedEpisode:
    """Find an episode by the first digits of its id.

    Raises
    ------
    DataError
        If none begins so, or several do.
    """
    episodes = _read(settings)
    matching = [episode for episode in episodes.values() if episode.id.startswith(prefix.lower())]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise DataError(f"{len(matching)} episodes begin with {prefix}, expected one: {_named(matching)}")
    newest = sorted(episodes.values(), key=lambda episode: episode.last_ms)[-N_NAMED:]
    known = f"the newest are {_named(newest[::-1])}" if newest else "there are no episodes yet"
    raise DataError(
        f"topic {settings.anomalies_topic}: expected an episode whose id begins with {excerpt(prefix, 40)}, found none "
        f"of {len(episodes):,}; {known}"
    )


def _read(settings: Settings) -> dict[str, PublishedEpisode]:
    episodes: dict[str, PublishedEpisode] = {}
    topic = settings.anomalies_topic
    try:
        with (
            open_range(settings, topic, "beginning", "latest", partial(echo, err=True)) as messages,
            progress(f"reading {topic}") as report,
        ):
            for records, n_left in messages.batches():
                for record in records:
                    _add(episodes, record.value)
                report(1 - n_left / messages.size)
    except NoMessagesError:
        pass
    return episodes


def _add(episodes: dict[str, PublishedEpisode], value: bytes | None) -> None:
    try:
        event = decode_event(value or b"")
    except DataError:
        return
    if isinstance(event, EpisodeEvent):
        episodes.setdefault(event.episode, PublishedEpisode(event, event.start)).add(event)


def _named(episodes: list[PublishedEpisode]) -> str:
    return ", ".join(map(str, episodes[:N_NAMED]))
