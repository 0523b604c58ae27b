"""A message and where it was received."""

from __future__ import annotations

from typing import NamedTuple

from stream.events.dead_letter import SourcePartition
from stream.formats.received_message import ReceivedMessage


class SourceMessage(NamedTuple):
    """A message of a source topic.

    Attributes
    ----------
    timestamp_ms : int
        Its Kafka timestamp; the time of its arrival here where it has none.
    """

    source: SourcePartition
    timestamp_ms: int
    record: ReceivedMessage

    @property
    def value(self) -> bytes | None:
        """The bytes that it carries; None for a tombstone."""
        return self.record.value
