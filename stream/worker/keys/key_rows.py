"""Rows of the state by the slots of keys: room for them, and their packed records."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import Int64, Records
from stream.detection.state.key_state import KeyState
from stream.formats.state.envelope import envelope, opaque, seal_all
from stream.worker.observability.memory import give_back, populate_ahead

GROWTH_KEYS = 512
"""Keys that room is made for at once, some 2 MB. As many more have their memory already: together 4 MB are unused."""

RESTORED_KEYS = 4_096
"""The same while many come back, together 37 MB. What is unused in the end is given back."""

RESERVED_BYTES = 1 << 32
"""Address space for the state of the keys to come, so that no growth up to there has the state twice in memory."""

SEALED_AT_ONCE = 256
"""Keys whose records are copied and sealed together, some 1 MB: they are still in the processor's cache."""


class KeyRows:
    """Finds, makes room for, restores and packs the rows of keys.

    Parameters
    ----------
    state : KeyState
        Grown as keys come.
    n_rows : int
        Rows of the state that a key takes: those of slot s begin at s * n_rows, and are packed together.
    max_keys : int
        Keys for which address space is reserved.
    mark : int
        Which topic the offsets are of: see `TopicIdentity.mark`.
    """

    def __init__(self, state: KeyState, n_rows: int, max_keys: int, mark: int) -> None:
        self._state, self._n_rows, self._mark = state, n_rows, mark
        state.reserve(min((max_keys + RESTORED_KEYS) * n_rows, RESERVED_BYTES // state.layout.itemsize))

    @property
    def capacity(self) -> int:
        """Keys that there is room for."""
        return self._state.capacity // self._n_rows

    def make_room(self, n_keys: int, growth: int = GROWTH_KEYS) -> None:
        """Make room for so many keys; each is reset or restored before it is used.

        Parameters
        ----------
        n_keys : int
        growth : int
            Keys that there is room for besides, where there is not enough.
        """
        if n_keys * self._n_rows > self._state.capacity:
            self._state.make_room((n_keys + growth) * self._n_rows)
            populate_ahead(self._state.reserved(self._state.capacity, growth * self._n_rows))

    def give_back(self, n_keys: int) -> None:
        """Return the memory behind the rows of so many keys to the system."""
        start = n_keys * self._n_rows
        give_back(self._state.reserved(start, self._state.capacity - start + RESTORED_KEYS * self._n_rows))

    def of(self, slots: Int64) -> Int64:
        """Return the rows of these keys."""
        rows: Int64 = (slots[:, None] * self._n_rows + np.arange(self._n_rows)).ravel()
        return rows

    def offsets(self, slots: Int64) -> Int64:
        """Return the source offsets of these keys."""
        offsets: Int64 = self._state.offset[slots * self._n_rows]
        return offsets

    def restore(self, slots: Int64, records: Records, offsets: Int64) -> None:
        """Unpack the records of these keys, shape (keys, rows of a key), and set their source offsets."""
        self._state.unpack(self.of(slots), opaque(records).reshape(-1).view(records.dtype))
        self._state.offset[slots * self._n_rows] = offsets

    def sealed(self, keys: list[bytes], slots: Int64) -> Records:
        """Copy and seal the values of these keys, as they go into the changelog.

        They are in one block, which goes back to the system as a whole.
        """
        values = np.empty(len(slots), envelope(self._state.layout, self._n_rows))
        records = opaque(values["slots"])
        for start in range(0, len(slots), SEALED_AT_ONCE):
            part = slice(start, start + SEALED_AT_ONCE)
            packed = opaque(self._state.pack(self.of(slots[part])))
            records[part] = packed.reshape(len(packed) // self._n_rows, -1)
            seal_all(keys[part], values[part], self._mark)
        return values
