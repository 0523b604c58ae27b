"""Watcher: events of episodes as they arrive."""

from __future__ import annotations

from collections.abc import Iterator

from stream.events.anomalies import decode_event
from stream.events.episodes import EpisodeEvent
from stream.kafka.follower import Follower
from stream.settings.settings import Settings


class Watcher(Follower):
    """Reads the anomalies topic from its beginning.

    Leaving the context closes the connection.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, settings.anomalies_topic, "beginning")

    def events(self, timeout_s: float) -> list[EpisodeEvent]:
        """Return new events; wait for the first.

        Silences are left out: series end when the play does.
        """
        events = [decode_event(record.value) for record in self.poll(timeout_s)]
        return [event for event in events if isinstance(event, EpisodeEvent)]

    def drain(self) -> Iterator[EpisodeEvent]:
        """Return all events of the topic not returned yet."""
        ends = self._consumer.end_offsets(list(self._partitions))
        while any(self._consumer.position(partition) < end for partition, end in ends.items()):
            yield from self.events(timeout_s=0.1)
