"""Record batches of the changelog, unpacked in a thread ahead of recovery."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

from stream.kafka.topics.records import RecordBatch, Records

GATHERED_RECORDS = 200
"""State records that are restored together, some 1 MB: few calls, and still in the processor's cache."""

GROUPS_AHEAD = 2
"""Groups of a fetch that are unpacked before they are asked for, the first ones as soon as it was fetched."""

Group: TypeAlias = Future[Records | None]


class Unpacker:
    """Unpacks one fetch after the other in a thread: decompression lets Python go on meanwhile."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "unpacking")

    def unpack(self, batches: list[RecordBatch]) -> Iterator[Records]:
        """Begin to unpack record batches; return their records in groups."""
        groups = _gathered(batches)
        return self._taken(groups, deque(self._next(groups) for _ in range(GROUPS_AHEAD)))

    def _next(self, groups: Iterator[Records]) -> Group:
        return self._thread.submit(next, groups, None)

    def _taken(self, groups: Iterator[Records], coming: deque[Group]) -> Iterator[Records]:
        while (records := coming.popleft().result()) is not None:
            coming.append(self._next(groups))
            yield records


def _gathered(batches: list[RecordBatch]) -> Iterator[Records]:
    """Unpack record batches one by one, and join small ones."""
    records: Records = []
    for batch in batches:
        records.extend(batch)
        if len(records) >= GATHERED_RECORDS:
            yield records
            records = []
    if records:
        yield records
