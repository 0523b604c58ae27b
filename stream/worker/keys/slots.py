"""Slots of keys, one dict per partition, recycled."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import Int64

FREE: Final = -1
"""Partition of a slot that belongs to no key."""

GROWTH: Final = 1024
"""Slots that room is made for at once, at least."""


class Owner(NamedTuple):
    """The key that a slot belongs to."""

    partition: int
    key: bytes


class Slots:
    """Hand out slots to keys."""

    def __init__(self) -> None:
        self._keys: list[bytes] = []
        self._free: list[int] = []
        self._of_partition: dict[int, dict[bytes, int]] = {}
        self._partitions = np.zeros(0, np.int32)

    def __len__(self) -> int:
        """Count the keys."""
        return len(self._keys) - len(self._free)

    @property
    def capacity(self) -> int:
        """Number of slots ever used: length of the arrays."""
        return len(self._keys)

    def of_partition(self, partition: int) -> dict[bytes, int]:
        """Return the partition's own dict, for reading."""
        return self._of_partition.setdefault(partition, {})

    def partitions(self) -> list[int]:
        """Name the partitions of which there are keys, or were."""
        return list(self._of_partition)

    def slots_of(self, partition: int) -> Int64:
        """Return the slots of a partition's keys."""
        return np.flatnonzero(self._partitions == partition)

    def in_use(self) -> Int64:
        """Return the slots of all keys."""
        return np.flatnonzero(self._partitions != FREE)

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
        return Owner(partition, self._keys[slot])

    def owners(self, slots: Int64) -> tuple[list[int], list[bytes]]:
        """Return partitions and keys of slots that are in use."""
        keys = self._keys
        return self._partitions[slots].tolist(), [keys[slot] for slot in slots.tolist()]

    def add(self, partition: int, keys: list[bytes]) -> Int64:
        """Take slots for new keys: free ones first."""
        n_reused, n_used = min(len(self._free), len(keys)), len(self._keys)
        slots = [self._free.pop() for _ in range(n_reused)]
        for slot, key in zip(slots, keys, strict=False):
            self._keys[slot] = key
        slots += range(n_used, n_used + len(keys) - n_reused)
        self._keys += keys[n_reused:]
        self._grow()
        self._partitions[slots] = partition
        self.of_partition(partition).update(zip(keys, slots, strict=True))
        return np.array(slots, np.int64)

    def _grow(self) -> None:
        n_more = len(self._keys) - len(self._partitions)
        if n_more > 0:
            more = np.full(max(GROWTH, n_more, len(self._keys) // 4), FREE, np.int32)
            self._partitions = np.concatenate([self._partitions, more])

    def release(self, slot: int) -> None:
        """Take a slot back from its key."""
        partition, key = self.owner(slot)
        del self._of_partition[partition][key]
        self._keys[slot] = b""
        self._partitions[slot] = FREE
        self._free.append(slot)

    def release_others(self, partitions: set[int]) -> list[int]:
        """Release all other partitions' slots and return them."""
        others = self._of_partition.keys() - partitions
        slots = [slot for partition in others for slot in self._of_partition[partition].values()]
        for slot in slots:
            self.release(slot)
        for partition in others:
            del self._of_partition[partition]
        return slots
