"""Index of keys: the slot of each."""

from __future__ import annotations

from itertools import chain, compress, repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Int64
from stream.worker.keys.owners import Owners

NO_SLOT: Final = -1
"""Slot of a key that has none."""

NEW: Final = 16_384
NEW_SHARE: Final = 32
"""So many new keys are held as objects, or one in so many of all where that is more."""


class KeyIndex:
    """Find the slots of keys.

    New keys are in a dict per partition, which takes 150 bytes of each, until they are settled in two arrays: the
    hashes of all keys in order, and their slots, 8 bytes of each.

    Python seeds its hashes anew for each process, so nobody can choose keys whose hashes are the same.

    Parameters
    ----------
    owners : Owners
        Compared with what a hash finds.
    """

    def __init__(self, owners: Owners) -> None:
        self._owners = owners
        self._new: dict[int, dict[bytes, int]] = {}
        self._hashes = np.zeros(0, np.uint32)
        self._slots = np.zeros(0, np.int32)

    def partitions(self) -> list[int]:
        """Name the partitions of which there are keys, or were."""
        return list(self._new)

    def find(self, partition: int, keys: list[bytes]) -> Int64:
        """Return the slot of each key, or `NO_SLOT`."""
        new = self._new.get(partition, {})
        slots = np.fromiter(map(new.get, keys, repeat(NO_SLOT)), np.int64, len(keys))
        if len(self._slots):
            missed = np.flatnonzero(slots == NO_SLOT)
            if len(missed):
                slots[missed] = self._find_older(partition, [keys[at] for at in missed.tolist()])
        return slots

    def add(self, partition: int, keys: list[bytes], slots: list[int]) -> None:
        """Take in new keys, whose slots are theirs already."""
        self._new.setdefault(partition, {}).update(zip(keys, slots, strict=True))
        if sum(map(len, self._new.values())) > max(NEW, len(self._slots) // NEW_SHARE):
            self._settle()

    def remove(self, partition: int, key: bytes) -> None:
        """Forget a key whose slot is not its own any more."""
        self._new[partition].pop(key, None)

    def remove_partition(self, partition: int) -> None:
        """Forget a partition, whose keys have no slots any more."""
        del self._new[partition]

    def _find_older(self, partition: int, keys: list[bytes]) -> Int64:
        found = np.full(len(keys), NO_SLOT, np.int64)
        left, hashes = np.arange(len(keys)), _hashes(keys)
        places = self._hashes.searchsorted(hashes)
        while True:
            is_candidate = (places < len(self._hashes)) & (self._hashes.take(places, mode="clip") == hashes)
            if not is_candidate.all():
                left, hashes, places = left[is_candidate], hashes[is_candidate], places[is_candidate]
                keys = list(compress(keys, is_candidate))
            slots = self._slots[places].astype(np.int64)
            is_right = self._owners.are(slots, partition, keys)
            found[left[is_right]] = slots[is_right]
            if is_right.all():
                return found
            left, hashes, places = left[~is_right], hashes[~is_right], places[~is_right] + 1
            keys = list(compress(keys, ~is_right))

    def _settle(self) -> None:
        """Merge the new keys into the arrays."""
        keys = list(chain.from_iterable(self._new.values()))
        slots = np.array([slot for slots in self._new.values() for slot in slots.values()], np.int32)
        is_left = self._owners.are_in_use(self._slots) & ~np.isin(self._slots, slots)
        left, hashes = self._hashes[is_left], _hashes(keys)
        in_order = np.argsort(hashes)
        places = left.searchsorted(hashes[in_order])
        self._hashes = np.insert(left, places, hashes[in_order])
        self._slots = np.insert(self._slots[is_left], places, slots[in_order])
        for of_partition in self._new.values():
            of_partition.clear()


def _hashes(keys: list[bytes]) -> NDArray[np.uint32]:
    return np.fromiter(map(hash, keys), np.int64, len(keys)).astype(np.uint32)
