"""Header names that are no UTF-8: aiokafka decodes them in its fetcher, where one would end the worker."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, SupportsIndex, overload

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_LENGTH = struct.Struct(">8xi")
"""What every version of a record batch begins with: eight bytes of the first offset, then how many bytes follow."""


def tolerate_any_header_name() -> None:
    """Let aiokafka read every message: bytes of a name that are no UTF-8 become surrogates."""
    fetcher.MemoryRecords = TolerantRecords


class TolerantRecords:
    """The record batches of a fetch, in place of aiokafka's MemoryRecords.

    Parameters
    ----------
    data : bytes
    """

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._batches = MemoryRecords(data)
        self._next = 0

    def has_next(self) -> bool:
        """Say whether a whole batch is left."""
        return bool(self._batches.has_next())

    def size_in_bytes(self) -> int:
        """Give the bytes of all batches."""
        return int(self._batches.size_in_bytes())

    def next_batch(self) -> TolerantBatch:
        """Give the next batch."""
        start = self._next
        self._next += _LENGTH.size + _LENGTH.unpack_from(self._data, start)[0]
        return TolerantBatch(self._batches.next_batch(), self._data[start : self._next])


class TolerantBatch:
    """A record batch that goes on with aiokafka's slow parser where the fast one fails over a name."""

    def __init__(self, batch: Any, data: memoryview) -> None:
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> Any:
        """Give what the fetcher wants to know of the batch."""
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        """Give the only record of a control batch."""
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        """Give the records in turn; the fetcher leaves out those that come a second time."""
        try:
            yield from self._batch
        except UnicodeDecodeError:
            yield from self._slowly()

    def _slowly(self) -> Any:
        batch = _DefaultRecordBatchPy(self._data)
        batch._maybe_uncompress()
        batch._buffer = _TolerantBytes(batch._buffer)
        return batch


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
