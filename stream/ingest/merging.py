"""One order for all partitions: a sender without keys spreads a series over them, and a late point is never scored."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Iterable
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

MAX_WAITING = 50_000
"""Messages of one partition that wait for the others at most."""


class Timed(Protocol):
    """A message with its Kafka timestamp."""

    @property
    def timestamp_ms(self) -> int:
        """Milliseconds since the epoch."""


R = TypeVar("R", bound=Timed)
P = TypeVar("P", bound=Hashable)


class Merging(Generic[P, R]):
    """Return the messages of all partitions in the order of their Kafka timestamps, also while it catches up."""

    def __init__(self) -> None:
        self._waiting: dict[P, deque[R]] = {}

    def add(self, partition: P, records: Iterable[R]) -> None:
        """Add what was fetched from a partition."""
        self._waiting.setdefault(partition, deque()).extend(records)

    def drop(self) -> None:
        """Forget what waits: the partitions are assigned anew, and are read again from what was committed."""
        self._waiting.clear()

    def first(self, partition: P) -> R | None:
        """Return the message of a partition that was added first; None if none waits."""
        waiting = self._waiting.get(partition)
        return waiting[0] if waiting else None

    def is_empty(self) -> bool:
        """Return whether nothing waits."""
        return not any(self._waiting.values())

    def is_full(self) -> bool:
        """Return whether so much waits that order has to give way to memory."""
        return any(len(records) >= MAX_WAITING for records in self._waiting.values())

    def take(self, behind: Collection[P]) -> list[R]:
        """Return the messages that no partition can be earlier than.

        Parameters
        ----------
        behind : collection of P
            Partitions that have more messages than were fetched; the others hold nobody up.
        """
        newest = [max(map(_TIMESTAMP, self._waiting.get(partition, ())), default=None) for partition in behind]
        if any(timestamp is None for timestamp in newest):
            return []
        limit = min((timestamp for timestamp in newest if timestamp is not None), default=None)
        taken: list[R] = []
        for records in self._waiting.values():
            while records and (limit is None or records[0].timestamp_ms <= limit):
                taken.append(records.popleft())
        return sorted(taken, key=_TIMESTAMP)

    def take_all(self) -> list[R]:
        """Return everything that waits."""
        return self.take(())


_TIMESTAMP = attrgetter("timestamp_ms")
