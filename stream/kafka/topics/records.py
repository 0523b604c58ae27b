"""The records of a fetch: aiokafka's compiled ones as they are, a whole record batch at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Protocol, SupportsIndex, TypeAlias, overload

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

from stream.formats.received_message import ReceivedMessage

_LENGTH = struct.Struct(">8xi")
"""What every version of a record batch begins with: eight bytes of the first offset, then how many bytes follow."""


class Record(ReceivedMessage, Protocol):
    """A message as it was fetched."""

    @property
    def timestamp_type(self) -> int | None:
        """Whose time its own is, the sender's or the broker's."""


Records: TypeAlias = list[Record]


def fetch_whole_batches() -> None:
    """Let aiokafka's fetcher give record batches, each an iterable of compiled records.

    It would make a dataclass of eleven fields of every record, 2.5 us each, and fail over a header name that is no
    UTF-8.
    """
    fetcher.MemoryRecords = TolerantRecords
    fetcher.PartitionRecords._consumer_record = _wanted


class RecordBatch:
    """A record batch, in the place of a record: unpacked when it is iterated over, which can be done once.

    Parameters
    ----------
    batch : TolerantBatch

    Attributes
    ----------
    offset : int
        Of its last record, were it still there after compaction. The fetcher looks at nothing else.
    first : int
        Records before this offset were not asked for.
    """

    __slots__ = ("_packed", "first", "offset")

    def __init__(self, batch: TolerantBatch) -> None:
        self._packed = [batch]
        self.offset = int(batch.next_offset) - 1
        self.first = 0

    def __iter__(self) -> Iterator[Record]:
        """Unpack the records; none if compaction has emptied the batch."""
        records = self._packed.pop().unpack()  # What was unpacked must not live as long as we do.
        if records and records[0].offset < self.first:
            records = [each for each in records if each.offset >= self.first]
        return iter(records)


def _wanted(partition: Any, _tp: Any, batch: RecordBatch) -> RecordBatch:
    """Leave out the records before the offset that aiokafka's `PartitionRecords` is at."""
    batch.first = partition.next_fetch_offset
    return batch


class TolerantRecords:
    """Record batches of a fetch, for aiokafka's MemoryRecords.

    Parameters
    ----------
    data : bytes
    """

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._batches = MemoryRecords(data)
        self._next = 0

    def has_next(self) -> bool:
        """Check whether a whole batch is left."""
        return bool(self._batches.has_next())

    def size_in_bytes(self) -> int:
        """Return the bytes of all batches."""
        return int(self._batches.size_in_bytes())

    def next_batch(self) -> TolerantBatch:
        """Return the next batch."""
        start = self._next
        self._next += _LENGTH.size + _LENGTH.unpack_from(self._data, start)[0]
        return TolerantBatch(self._batches.next_batch(), self._data[start : self._next])


class TolerantBatch:
    """A record batch that goes on with aiokafka's slow parser where the fast one fails over a header name."""

    def __init__(self, batch: Any, data: memoryview) -> None:
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the wrapped batch."""
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        """Return the only record of a control batch."""
        return next(self._batch)

    def __iter__(self) -> Iterator[RecordBatch]:
        """Return all records as one item."""
        yield RecordBatch(self)

    def unpack(self) -> Records:
        """Decompress and parse the records."""
        try:
            return list(self._batch)
        except UnicodeDecodeError:
            return self._read_slowly()

    def _read_slowly(self) -> Records:
        batch = _DefaultRecordBatchPy(self._data)
        batch._maybe_uncompress()
        batch._buffer = _TolerantBytes(batch._buffer)
        return list(batch)


class _TolerantBytes(bytearray):
    """Bytes of which every part can be decoded."""

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> int: ...

    @overload
    def __getitem__(self, index: slice, /) -> bytearray: ...

    def __getitem__(self, index: SupportsIndex | slice, /) -> int | bytearray:
        part = super().__getitem__(index)
        return _TolerantBytes(part) if isinstance(part, bytearray) else part

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode(encoding, "surrogateescape")
