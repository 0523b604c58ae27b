"""Messages that were received and are not written yet: gathered, and put in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, Generic, NamedTuple, TypeVar

from stream.events.dead_letter import SourcePartition
from stream.formats.received_message import ReceivedMessage
from stream.ingest.merging import Merging

MAX_MESSAGES: Final = 10_000
MAX_BYTES: Final = 16 << 20
"""What is gathered before its points are written: each series is then one message for several points."""

MAX_WAITING_BYTES: Final = 4 * MAX_BYTES
"""What waits for its turn at most: order gives way to memory then."""

GATHER_S: Final = 0.5
"""How long messages are gathered, if they come more slowly than that."""

PATIENCE_S: Final = 5.0
"""A partition that gives nothing holds the others up for this long at most."""

P = TypeVar("P", bound=Hashable)


class SourceMessage(NamedTuple):
    """A message of a source topic."""

    source: SourcePartition
    timestamp_ms: int
    """Its Kafka timestamp; the time of its arrival here where it has none."""
    record: ReceivedMessage

    @property
    def value(self) -> bytes | None:
        """The bytes that it carries; None for a tombstone."""
        return self.record.value


class SourceBuffer(Generic[P]):
    """Gathers messages of all partitions, and returns them in one order."""

    def __init__(self) -> None:
        self._merging: Merging[P, SourceMessage] = Merging()
        self._n_bytes = 0
        self._n_new = self._n_new_bytes = 0
        self._enough, self._room = asyncio.Event(), asyncio.Event()
        self._taken_s = time.monotonic()
        self._set_gathered(0, 0)

    def add(self, partition: P, messages: Sequence[SourceMessage]) -> None:
        """Add what was received of a partition."""
        n_bytes = total_bytes(messages)
        self._merging.add(partition, messages)
        self._n_bytes += n_bytes
        self._set_gathered(self._n_new + len(messages), self._n_new_bytes + n_bytes)

    async def room(self) -> None:
        """Wait until more may be added."""
        await self._room.wait()

    async def gathered(self) -> None:
        """Wait until there is enough to write, or `GATHER_S`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_S):
                await self._enough.wait()

    def take(self, behind: Collection[P]) -> list[SourceMessage]:
        """Return the messages whose turn it is, in the order of their Kafka timestamps.

        Parameters
        ----------
        behind : collection of P
            Partitions of which not everything was received yet.
        """
        taken = self._merging.take(behind)
        self._n_bytes -= total_bytes(taken)
        if self._is_full() or (not taken and time.monotonic() - self._taken_s > PATIENCE_S):
            taken += self._merging.take_all()
            self._n_bytes = 0
        if taken or self._merging.is_empty():
            self._taken_s = time.monotonic()
        self._set_gathered(0, 0)
        return taken

    def drop(self) -> None:
        """Forget what waits: it is read again from what was committed."""
        self._merging.drop()
        self._n_bytes = 0
        self._set_gathered(0, 0)

    def next_offsets(self, received: Mapping[P, int]) -> dict[P, int]:
        """Return the next offset of each partition after what was taken.

        Parameters
        ----------
        received : mapping of P to int
            Next offset of each partition after what was added.
        """
        first = {partition: self._merging.first(partition) for partition in received}
        return {
            partition: offset if (message := first[partition]) is None else message.record.offset
            for partition, offset in received.items()
        }

    def _is_full(self) -> bool:
        return self._merging.is_full() or self._n_bytes > MAX_WAITING_BYTES

    def _set_gathered(self, n_messages: int, n_bytes: int) -> None:
        self._n_new, self._n_new_bytes = n_messages, n_bytes
        if n_messages >= MAX_MESSAGES or n_bytes > MAX_BYTES:
            self._enough.set()
            self._room.clear()
        else:
            self._enough.clear()
            self._room.set()


def portions(messages: list[SourceMessage]) -> Iterator[list[SourceMessage]]:
    """Split messages so that none of the parts is more than is to be in hand at once."""
    start = n_bytes = 0
    for at, message in enumerate(messages):
        n_bytes += len(message.value or b"")
        if at - start == MAX_MESSAGES or n_bytes > MAX_BYTES:
            yield messages[start : at + 1]
            start, n_bytes = at + 1, 0
    if start < len(messages):
        yield messages[start:]


def total_bytes(messages: Iterable[SourceMessage]) -> int:
    """Return the bytes that messages carry."""
    return sum(len(message.value or b"") for message in messages)
