"""Which slot of the state belongs to which key: a dict per partition, slots recycled, the idlest known."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.record import Int64

FREE: Final = -1
"""Partition of a slot that belongs to no key."""


class Owner(NamedTuple):
    """The key that a slot belongs to."""

    partition: int
    key: bytes


class Slots:
    """Hand out slots to keys."""

    def __init__(self) -> None:
        self._owners: list[Owner | None] = []
        self._free: list[int] = []
        self._of_partition: dict[int, dict[bytes, int]] = {}
        self._last_use = np.zeros(0, np.int64)
        self._partitions = np.zeros(0, np.int32)
        self._clock = 0

    def __len__(self) -> int:
        """Count the keys."""
        return len(self._owners) - len(self._free)

    @property
    def capacity(self) -> int:
        """Count the slots ever handed out: the length that the state's arrays must have."""
        return len(self._owners)

    def of_partition(self, partition: int) -> dict[bytes, int]:
        """Give the partition's own dict from key to slot, for reading."""
        return self._of_partition.setdefault(partition, {})

    def used_by(self, partition: int) -> Int64:
        """Give the slots of a partition's keys, in their order."""
        return np.flatnonzero(self._partitions == partition)

    def owner(self, slot: int) -> Owner:
        """Name the key of a slot in use.

        Raises
        ------
        KeyError
            If the slot is free.
        """
        owner = self._owners[slot]
        if owner is None:
            raise KeyError(f"slot {slot} is free")
        return owner

    def add(self, partition: int, key: bytes) -> int:
        """Take a slot for a new key."""
        if self._free:
            slot = self._free.pop()
        else:
            slot = len(self._owners)
            self._owners.append(None)
            if slot >= len(self._last_use):
                self._last_use = np.concatenate([self._last_use, np.zeros(max(1024, slot), np.int64)])
                self._partitions = np.concatenate([self._partitions, np.full(max(1024, slot), FREE, np.int32)])
        self._owners[slot] = Owner(partition, key)
        self._last_use[slot] = self._clock
        self._partitions[slot] = partition
        self.of_partition(partition)[key] = slot
        return slot

    def touch(self, slots: Int64) -> None:
        """Note that these slots are in use from now on; all others grow idler."""
        self._clock += 1
        self._last_use[slots] = self._clock

    def idlest(self, n: int) -> list[int]:
        """Give up to `n` slots in use, the idlest first; those of the last `touch` and newer ones are spared."""
        used = np.array([slot for slot, owner in enumerate(self._owners) if owner is not None], np.int64)
        idle = used[self._last_use[used] < self._clock]
        return [int(slot) for slot in idle[np.argsort(self._last_use[idle], kind="stable")[:n]]]

    def release(self, slot: int) -> None:
        """Take a slot back from its key."""
        partition, key = self.owner(slot)
        del self._of_partition[partition][key]
        self._owners[slot] = None
        self._partitions[slot] = FREE
        self._free.append(slot)

    def release_others(self, partitions: set[int]) -> list[int]:
        """Take back every slot of the partitions that are not in `partitions`, and name those slots."""
        others = self._of_partition.keys() - partitions
        slots = [slot for partition in others for slot in self._of_partition[partition].values()]
        for slot in slots:
            self.release(slot)
        for partition in others:
            del self._of_partition[partition]
        return slots
