"""A layout of state records, and how a record is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.detection.arrays import Layout, Records
from stream.formats.state.envelope import FORGOTTEN, N_BYTES

MARKS: Final = ("version", "model")
"""Fields that are the same in all records of a layout and model."""

MAX_OFFSET: Final = 1 << 53
MAX_PARTITION: Final = 1 << 20
MAX_TIMESTAMP_S: Final = 1e12
"""Bounds of a record's offset, partition and event time. In bytes of another layout, read as ours, some of them are
far beyond."""


@dataclass(frozen=True, eq=False)
class StateLayout:
    """How the state of a key lies in the value of a changelog record.

    Attributes
    ----------
    unseen : structured array of shape ()
        The record of a key that has not been seen yet. Its dtype is the layout of one slot; its `version`, and its
        `model` if it has one, are in every record.
    n_slots : int
        Slots of a key.
    """

    unseen: Records
    n_slots: int = 1

    @property
    def dtype(self) -> Layout:
        """Layout of one slot."""
        return self.unseen.dtype

    @property
    def version(self) -> int:
        """Version in each of its records."""
        return int(self.unseen["version"])

    @property
    def n_record_bytes(self) -> int:
        """Bytes of a record, without its envelope."""
        return self.n_slots * self.dtype.itemsize

    @property
    def n_bytes(self) -> int:
        """Bytes of a value in the changelog."""
        return self.n_record_bytes + N_BYTES

    def slots(self, value: bytes) -> Records:
        """Return the slots of a value that `holds`; shape (n_slots,)."""
        return np.frombuffer(value, self.dtype, self.n_slots)

    def holds(self, value: bytes) -> bool:
        """Check whether a value was written in this layout, for this model."""
        if len(value) != self.n_bytes:
            return False
        slots = self.slots(value)
        marks = [name for name in MARKS if name in (self.dtype.names or ())]
        return all((slots[name] == self.unseen[name]).all() for name in marks) and _is_plausible(slots[0])


def _is_plausible(slot: np.void) -> bool:
    return (
        -FORGOTTEN - 1 <= int(slot["offset"]) < MAX_OFFSET
        and -1 <= int(slot["partition"]) < MAX_PARTITION
        and abs(float(slot["timestamp_s"])) < MAX_TIMESTAMP_S
    )


def parse_fields(table: str) -> Layout:
    """Return the layout that a table of names, types and shapes declares, such as `bits u8 2x4x4`, one field a line."""
    fields: list[tuple[str, str, tuple[int, ...]]] = []
    for line in table.strip().splitlines():
        name, kind, *shape = line.split()
        fields.append((name, "<" + kind, tuple(map(int, shape[0].split("x"))) if shape else ()))
    return np.dtype(fields)
