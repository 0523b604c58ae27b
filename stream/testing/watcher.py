"""The watcher: the events of episodes, as they arrive on the anomalies topic."""

from __future__ import annotations

from collections.abc import Iterator

from stream.events.anomalies import decode_event
from stream.events.episodes import Episode
from stream.kafka.follower import Follower
from stream.settings.settings import Settings


class Watcher(Follower):
    """Reads every event of the anomalies topic from its beginning; leaving it closes the connection.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, settings.anomalies_topic, "beginning")

    def events(self, timeout_s: float) -> list[Episode]:
        """Give the events that have come since the last call; wait for the first if there is none.

        Silences are left out: series end when the play does.
        """
        events = [decode_event(record.value) for record in self.poll(timeout_s)]
        return [event for event in events if isinstance(event, Episode)]

    def drain(self) -> Iterator[Episode]:
        """Give all events that are on the topic now and were not given yet."""
        ends = self._consumer.end_offsets(list(self._partitions))
        while any(self._consumer.position(partition) < end for partition, end in ends.items()):
            yield from self.events(timeout_s=0.1)
