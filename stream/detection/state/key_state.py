"""State of many keys as a struct of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Bool, Float64, Int32, Int64, Records
from stream.detection.field import FieldColumns
from stream.detection.policy.policy import PolicyTable, SeriesPolicy
from stream.detection.state.key_fields import KeyFields

MARKS: Final = {"version", "model"}
"""Fields of a record that say what it is, and are the same for every key."""

SPARE: Final = 2
"""Address space for so many times the slots is asked for when the arrays must be replaced. Only what is written to
takes memory, which is `capacity` rows."""


class KeyState(KeyFields, FieldColumns):
    """State of many keys, one row per slot.

    A kind of model has its own record and with it its own subclass; what stands here is in all of them.

    Parameters
    ----------
    unseen : structured array of shape ()
        The record of a key that has not been seen yet. Its dtype is the layout.
    capacity : int
        Slots to make room for at once. All of them start as keys not seen yet.

    Attributes
    ----------
    series_policy : int32, shape (capacity,)
        Row of each slot in `series_policies`: what the rules decided, and so no part of the record.
    series_policies : PolicyTable
    """

    series_policy: Int32

    def __init__(self, unseen: Records, capacity: int) -> None:
        self._unseen = unseen
        self.layout = unseen.dtype
        self._marks = sorted(MARKS & set(self._names))
        self.series_policies = PolicyTable()
        self.capacity = 0
        self._whole: dict[str, NDArray[Any]] = {}
        self._reserved = 0
        self.grow(capacity)

    @property
    def _names(self) -> tuple[str, ...]:
        return self.layout.names or ()

    def is_compatible(self, records: Records) -> Bool:
        """Check which records have our layout and model.

        Parameters
        ----------
        records : structured array of dtype `layout`, shape (n, n_slots)
        """
        known = np.ones(len(records), np.bool_)
        for name in self._marks:
            known &= (records[name] == self._unseen[name]).all(axis=1)
        return known

    def grow(self, capacity: int) -> None:
        """Grow to at least `capacity` slots, all new ones as keys not seen yet; rows are kept.

        The arrays are replaced: views taken before are of no use afterwards.
        """
        added = np.arange(self.capacity, capacity)
        if len(added):
            self.make_room(capacity)
            self.reset(added)

    def make_room(self, capacity: int) -> None:
        """Grow like `grow`, but leave it to the caller to reset or unpack each new slot before it is used."""
        if capacity <= self.capacity:
            return
        if capacity > self._reserved:
            self.reserve(capacity if not self.capacity else SPARE * capacity)
        for name, whole in self._whole.items():
            setattr(self, name, whole[:capacity])
        self.capacity = capacity

    def reserve(self, n_slots: int) -> None:
        """Reserve address space, so that growth moves nothing."""
        if n_slots <= self._reserved:
            return
        moved = self._arrays(n_slots) | {"series_policy": np.zeros(n_slots, np.int32)}
        for name, before in self._whole.items():
            if before.base is None:  # Views move together with what they show.
                moved[name][: self.capacity] = before[: self.capacity]
        for name, whole in moved.items():
            setattr(self, name, whole[: self.capacity])
        self._whole, self._reserved = moved, n_slots

    def reserved(self, start: int, n_slots: int) -> list[NDArray[Any]]:
        """Return `n_slots` rows of each array from `start` on, as far as they are reserved."""
        return [whole[start : start + n_slots] for whole in self._whole.values() if whole.base is None]

    def _arrays(self, capacity: int) -> dict[str, NDArray[Any]]:
        """Create an array of zeros per field."""
        return {name: np.zeros((capacity, *self.layout[name].shape), self.layout[name].base) for name in self._names}

    def set_policies(self, slots: Int64, series_policies: Sequence[SeriesPolicy]) -> Int64:
        """Set the policies of these slots; return those reset by that."""
        self.series_policy[slots] = self.series_policies.rows(series_policies)
        return slots[:0]

    def is_expected(self, slots: Int64, moments_s: Float64) -> Bool:
        """Check which keys ever send at this hour."""
        return np.ones(len(slots), np.bool_)

    def reset(self, slots: Int64) -> None:
        """Forget the keys of these slots."""
        self.unpack(slots, np.broadcast_to(self._unseen, len(slots)))

    def pack(self, slots: Int64) -> Records:
        """Copy the records of these slots.

        Returns
        -------
        structured array of dtype `layout`, shape (n_slots,)
            In the order of `slots`; `.tobytes()` of an element is what is stored for its key.
        """
        records = np.empty(len(slots), self.layout)
        for name in self._names:
            records[name] = getattr(self, name)[slots]
        return records

    def unpack(self, slots: Int64, records: Records) -> None:
        """Restore packed records into these slots.

        Raises
        ------
        ValueError
            If the records are not of dtype `layout`, or one was packed by another version of it.
        """
        self.check(records)
        for name in self._names:
            getattr(self, name)[slots] = records[name]

    def check(self, records: Records) -> None:
        """Refuse records that are not ours.

        Raises
        ------
        ValueError
            If they are not of dtype `layout`, or one was packed by another version of it.
        """
        if records.dtype != self.layout:
            raise ValueError(f"expected records of {self.layout.itemsize} bytes in our layout, got {records.dtype}")
        for name in self._marks:
            foreign = records[name][records[name] != self._unseen[name]]
            if len(foreign):
                raise ValueError(f"expected state records of {name} {self._unseen[name]}, got {foreign[0]}")
