"""Seals of restored keys: their checksums, compared once at the end of a recovery."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Bool, Int64
from stream.worker.keys.key_table import KeyTable
from stream.worker.keys.owners import Owner, with_room

CHECKED_AT_ONCE = 256
"""Keys whose records are copied to be checked, some 1 MB."""


class Seals:
    """Hold the checksums of restored keys until they are compared.

    A changelog has several records of a key, of which the last counts. So it is not every record that is checked, but
    what a key holds when all have been read: that is sealed again, as by a checkpoint, and the same checksum has to
    come out.

    Parameters
    ----------
    keys : KeyTable
    """

    def __init__(self, keys: KeyTable) -> None:
        self._keys = keys
        self._checksums = np.zeros(0, np.uint32)
        self._is_open = np.zeros(0, np.bool_)

    def put(self, slots: Int64, checksums: NDArray[np.uint32], is_open: Bool) -> None:
        """Note the checksums of restored keys.

        Parameters
        ----------
        slots : int64, shape (keys,)
        checksums : uint32, shape (keys,)
        is_open : bool, shape (keys,)
            Which are still to be compared.
        """
        self._checksums = with_room(self._checksums, self._keys.capacity)
        self._is_open = with_room(self._is_open, self._keys.capacity)
        self._checksums[slots], self._is_open[slots] = checksums, is_open

    def is_broken(self, partition: int, key: bytes) -> bool:
        """Compare the checksum of one key now, if it is open."""
        slots = self._keys.asleep(partition, [key])
        slots = slots[slots < len(self._is_open)]
        slots = slots[self._is_open[slots]]
        return len(slots) > 0 and bool(self._broken(slots))

    def broken(self) -> list[Owner]:
        """Compare all that are open; return the keys whose record is not as it was written.

        Keys that were dropped since, or are awake, are left out.
        """
        slots = self._keys.only_asleep(np.flatnonzero(self._is_open))
        parts = (slots[start : start + CHECKED_AT_ONCE] for start in range(0, len(slots), CHECKED_AT_ONCE))
        broken = [owner for part in parts for owner in self._broken(part)]
        self._checksums, self._is_open = np.zeros(0, np.uint32), np.zeros(0, np.bool_)
        return broken

    def _broken(self, slots: Int64) -> list[Owner]:
        broken = slots[self._keys.checksums(slots) != self._checksums[slots]]
        return [self._keys.owner(slot) for slot in broken.tolist()]
