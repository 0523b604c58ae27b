"""Slots of keys, recycled."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import Int64
from stream.worker.keys.key_index import KeyIndex
from stream.worker.keys.owners import Owner, Owners


class Slots:
    """Hand out slots to keys."""

    def __init__(self) -> None:
        self._owners = Owners()
        self._index = KeyIndex(self._owners)
        self._free: list[int] = []
        self._n_used = 0

    def __len__(self) -> int:
        """Count the keys."""
        return self._n_used - len(self._free)

    @property
    def capacity(self) -> int:
        """Number of slots ever used."""
        return self._n_used

    def find(self, partition: int, keys: list[bytes]) -> Int64:
        """Return the slot of each key, or `NO_SLOT`."""
        return self._index.find(partition, keys)

    def partitions(self) -> list[int]:
        """Name the partitions of which there are keys, or were."""
        return self._index.partitions()

    def slots_of(self, partition: int) -> Int64:
        """Return the slots of a partition's keys."""
        return self._owners.of_partition(partition)

    def in_use(self) -> Int64:
        """Return the slots of all keys."""
        return self._owners.in_use()

    def owner(self, slot: int) -> Owner:
        """Name the key of a slot in use.

        Raises
        ------
        KeyError
            If the slot is free.
        """
        return self._owners.owner(slot)

    def owners(self, slots: Int64) -> tuple[list[int], list[bytes]]:
        """Return partitions and keys of slots that are in use."""
        return self._owners.partitions(slots), self._owners.keys(slots)

    def add(self, partition: int, keys: list[bytes]) -> Int64:
        """Take slots for new keys: free ones first."""
        reused = [self._free.pop() for _ in range(min(len(self._free), len(keys)))]
        n_added = len(keys) - len(reused)
        slots = np.array([*reused, *range(self._n_used, self._n_used + n_added)], np.int64)
        self._n_used += n_added
        self._owners.set(slots, partition, keys)
        self._index.add(partition, keys, slots.tolist())
        return slots

    def release(self, slots: Int64) -> None:
        """Take slots back from their keys."""
        for owner in map(Owner, *self.owners(slots)):
            self._index.remove(*owner)
        self._give_back(slots)

    def release_others(self, partitions: set[int]) -> Int64:
        """Release all other partitions' slots and return them."""
        left = set(self._index.partitions()) - partitions
        slots = np.concatenate([np.zeros(0, np.int64), *map(self.slots_of, left)])
        for partition in left:
            self._index.remove_partition(partition)
        self._give_back(slots)
        return slots

    def _give_back(self, slots: Int64) -> None:
        self._owners.clear(slots)
        self._free += slots.tolist()
