"""CloudEvents 1.0 attributes as Kafka headers.

References
----------
CloudEvents, Kafka Protocol Binding 1.0.2, section 3.2.
"""

from __future__ import annotations

from typing import Protocol

from stream.formats.limits import to_iso


class Event(Protocol):
    """What events of every kind have."""

    @property
    def series(self) -> str:
        """What it is about."""

    @property
    def episode(self) -> str:
        """Id of what it is one event of."""

    @property
    def state(self) -> str:
        """What kind of event of that."""

    @property
    def timestamp(self) -> int:
        """Event time, ms since the epoch."""


def event_id(event: Event) -> str:
    """Return an event's id, the same after a replay."""
    return f"{event.episode}/{event.state}/{event.timestamp}"


def event_headers(event: Event, kind: str, topic: str) -> list[tuple[str, bytes]]:
    """Return the CloudEvents headers of an event.

    Parameters
    ----------
    kind : str
        What begins its type, before its state.
    topic : str
        That of the points it follows from.
    """
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": event_id(event),
        "ce_source": f"/streamgauge/{topic}",
        "ce_type": f"streamgauge.{kind}.{event.state}",
        "ce_time": to_iso(event.timestamp),
        "ce_subject": event.series,
        "content-type": "application/json",
    }
    return [(name, value.encode()) for name, value in attributes.items()]
