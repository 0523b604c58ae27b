"""A message as a Kafka client gives it: what all clients have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class ReceivedMessage(Protocol):
    """A received message; invalid header names hold surrogates."""

    @property
    def offset(self) -> int:
        """Place in its partition."""

    @property
    def timestamp(self) -> int | None:
        """Its time in ms since the epoch; None or negative where it has none."""

    @property
    def key(self) -> bytes | None:
        """Its key."""

    @property
    def value(self) -> bytes | None:
        """Its value; None for a tombstone."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Its headers."""
