"""Owners of slots: the partition of each, and its key in one block of bytes."""

from __future__ import annotations

from operator import eq
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Bool, Int32, Int64

Scalar = TypeVar("Scalar", bound=np.generic)

FREE: Final = -1
"""Partition of a slot that belongs to no key."""

LENGTH_BITS: Final = 24
"""Bits of a key's place that are its length; no message is as long. Those above are where it begins in the block."""

LENGTH: Final = (1 << LENGTH_BITS) - 1

WORTH_COMPACTING: Final = 1 << 20
"""Bytes of the block that belong to no key any more, from which on they are given back, once they are half of it."""

GROWTH: Final = 1024
"""Elements that an array of slots grows by, at least; otherwise by a quarter."""


class Owner(NamedTuple):
    """The key that a slot belongs to."""

    partition: int
    key: bytes


class Owners:
    """Hold partition and key of each slot.

    An object of each key would take three times its bytes, and leave holes between those that come and go.
    """

    def __init__(self) -> None:
        self._partitions = np.zeros(0, np.int32)
        self._places = np.zeros(0, np.int64)
        self._block = bytearray()
        self._n_unused = 0

    def of_partition(self, partition: int) -> Int64:
        """Return the slots of a partition's keys."""
        return np.flatnonzero(self._partitions == partition)

    def in_use(self) -> Int64:
        """Return the slots of all keys."""
        return np.flatnonzero(self._partitions != FREE)

    def are_in_use(self, slots: Int32) -> Bool:
        """Check which slots belong to a key."""
        in_use: Bool = self._partitions[slots] != FREE
        return in_use

    def owner(self, slot: int) -> Owner:
        """Name the key of a slot in use.

        Raises
        ------
        KeyError
            If the slot is free.
        """
        partition = int(self._partitions[slot])
        if partition == FREE:
            raise KeyError(f"slot {slot} is free")
        return Owner(partition, *self.keys(np.array([slot])))

    def keys(self, slots: Int64) -> list[bytes]:
        """Return the keys of slots that are in use."""
        return list(map(bytes, self._slices(slots)))

    def partitions(self, slots: Int64) -> list[int]:
        """Return the partitions of slots that are in use."""
        partitions: list[int] = self._partitions[slots].tolist()
        return partitions

    def are(self, slots: Int64, partition: int, keys: list[bytes]) -> Bool:
        """Check which slots belong to these keys, one each."""
        are_same = np.fromiter(map(eq, self._slices(slots), keys), np.bool_, len(keys))
        are_same &= self._partitions[slots] == partition
        return are_same

    def _slices(self, slots: Int64) -> list[bytearray]:
        places, block = self._places[slots], self._block
        starts = places >> LENGTH_BITS
        ends = starts + (places & LENGTH)
        return [block[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def set(self, slots: Int64, partition: int, keys: list[bytes]) -> None:
        """Let free slots belong to these keys."""
        n_slots = int(slots.max(initial=-1)) + 1
        self._partitions = with_room(self._partitions, n_slots, FREE)
        self._places = with_room(self._places, n_slots)
        self._partitions[slots] = partition
        self._write(slots, keys)

    def _write(self, slots: Int64, keys: list[bytes]) -> None:
        lengths = np.fromiter(map(len, keys), np.int64, len(keys))
        starts = len(self._block) + np.cumsum(lengths) - lengths
        self._places[slots] = starts << LENGTH_BITS | lengths
        self._block += b"".join(keys)

    def clear(self, slots: Int64) -> None:
        """Take slots from their keys."""
        self._partitions[slots] = FREE
        self._n_unused += int((self._places[slots] & LENGTH).sum())
        if self._n_unused > max(WORTH_COMPACTING, len(self._block) // 2):
            in_use = self.in_use()
            keys = self.keys(in_use)
            self._block, self._n_unused = bytearray(), 0
            self._write(in_use, keys)


def with_room(array: NDArray[Scalar], n: int, fill: Any = 0) -> NDArray[Scalar]:
    """Return an array with room for so many slots: itself, or a longer copy."""
    if n <= len(array):
        return array
    longer = np.full(max(n, len(array) + max(GROWTH, len(array) // 4)), fill, array.dtype)
    longer[: len(array)] = array
    return longer
