"""The keys of a worker: their slots, what the changelog gave back of them, what changed since the last snapshot."""

from __future__ import annotations

import struct
from itertools import repeat

import numpy as np

from stream.detection import RECORD, State
from stream.detection.record import VERSION, Int64
from stream.detection.slots import Slots
from stream.errors import StateError
from stream.worker.engine.store import StateRecord

EVICTED_SHARE = 64
"""At the cap, one in so many keys is evicted at once, so that looking for the idlest is paid rarely."""

_OFFSET = struct.Struct("<q")
_OFFSET_AT = int(RECORD.fields["offset"][1]) if RECORD.fields else 0
_VERSION_AT = int(RECORD.fields["version"][1]) if RECORD.fields else 0


class Keys:
    """Find, admit, evict and pack the keys of the partitions that are ours.

    A key that came back from the changelog stays packed until its first message.

    Parameters
    ----------
    state : State
        Grown as keys come.
    max_keys : int
        Keys held at most; beyond, the idlest are forgotten, in the changelog too.

    Attributes
    ----------
    n_evicted : int
        Keys forgotten because of the cap.
    """

    def __init__(self, state: State, max_keys: int) -> None:
        self.n_evicted = 0
        self._state = state
        self._max_keys = max_keys
        self._slots = Slots()
        self._packed: dict[int, dict[bytes, bytes]] = {}
        self._changed = np.zeros(state.capacity, np.bool_)
        self._forgotten: set[tuple[int, bytes]] = set()

    def __len__(self) -> int:
        """Count the keys held."""
        return len(self._slots) + sum(map(len, self._packed.values()))

    def find(self, partition: int, keys: list[bytes]) -> Int64:
        """Give the slot of each key, admitting those that are new; all of them count as changed.

        Parameters
        ----------
        keys : list of bytes
            At most `max_keys` different ones; a key may repeat.
        """
        index = self._slots.of_partition(partition)
        slots = np.fromiter(map(index.get, keys, repeat(-1)), np.int64, len(keys))
        known = slots >= 0
        self._slots.touch(slots[known])
        if not known.all():
            unknown = dict.fromkeys(key for key, is_known in zip(keys, known, strict=True) if not is_known)
            self._admit(partition, list(unknown))
            slots = np.fromiter(map(index.__getitem__, keys), np.int64, len(keys))
        self._changed[slots] = True
        return slots

    def _admit(self, partition: int, keys: list[bytes]) -> None:
        packed = self._packed.get(partition, {})
        returning = {key: packed.pop(key) for key in keys if key in packed}
        self._make_room(len(keys))
        slots = np.array([self._slots.add(partition, key) for key in keys], np.int64)
        self._grow(self._slots.capacity)
        self._state.reset(slots)
        if returning:
            came_back = np.array([key in returning for key in keys])
            records = np.frombuffer(b"".join(returning.values()), RECORD)
            self._state.unpack(slots[came_back], records)
        self._forgotten.difference_update((partition, key) for key in keys)

    def _grow(self, n_slots: int) -> None:
        if n_slots > self._state.capacity:
            self._state.grow(2 * n_slots)
        if self._state.capacity > len(self._changed):
            self._changed = np.concatenate(
                [self._changed, np.zeros(self._state.capacity - len(self._changed), np.bool_)]
            )

    def _make_room(self, n_new: int) -> None:
        n_over = len(self) + n_new - self._max_keys
        if n_over <= 0:
            return
        n_leaving = max(n_over, self._max_keys // EVICTED_SHARE)
        n_left = n_leaving - self._forget_packed(n_leaving)
        for slot in self._slots.idlest(n_left):
            self._forgotten.add(self._slots.owner(slot))
            self._slots.release(slot)
            self._changed[slot] = False
            n_left -= 1
        self.n_evicted += n_leaving - n_left

    def _forget_packed(self, n: int) -> int:
        """Forget up to `n` keys that have been silent since the start: nothing is idler."""
        leaving = [(partition, key) for partition, packed in self._packed.items() for key in packed][:n]
        for partition, key in leaving:
            del self._packed[partition][key]
        self._forgotten.update(leaving)
        return len(leaving)

    def restore(self, record: StateRecord) -> None:
        """Take in a changelog record, unless we hold the same key at a later source offset.

        Raises
        ------
        StateError
            If the record has another layout than this version's.
        """
        if record.key in self._slots.of_partition(record.partition):
            return
        packed = self._packed.setdefault(record.partition, {})
        if record.value is None:
            packed.pop(record.key, None)
            return
        _check_layout(record)
        held = packed.get(record.key)
        if held is None or source_offset(held) <= source_offset(record.value):
            packed.pop(record.key, None)  # so that it moves to the end: the order of the dict is idlest first
            packed[record.key] = record.value

    def snapshot(self) -> list[StateRecord]:
        """Pack every key that changed since the last snapshot; forgotten ones as None."""
        slots = np.flatnonzero(self._changed)
        self._changed[slots] = False
        packed = self._state.pack(slots).tobytes()
        size = RECORD.itemsize
        forgotten, self._forgotten = self._forgotten, set()
        return [StateRecord(partition, key, None) for partition, key in forgotten] + [
            StateRecord(*self._slots.owner(int(slot)), packed[at * size : (at + 1) * size])
            for at, slot in enumerate(slots)
        ]

    def keep_only(self, partitions: set[int]) -> None:
        """Drop everything of the other partitions."""
        for slot in self._slots.release_others(partitions):
            self._changed[slot] = False
        for partition in self._packed.keys() - partitions:
            del self._packed[partition]
        self._forgotten = {(partition, key) for partition, key in self._forgotten if partition in partitions}


def source_offset(value: bytes) -> int:
    """Read the source offset from a packed record."""
    return int(_OFFSET.unpack_from(value, _OFFSET_AT)[0])


def _check_layout(record: StateRecord) -> None:
    value = record.value or b""
    if len(value) != RECORD.itemsize or value[_VERSION_AT] != VERSION:
        raise StateError(
            f"state record of key {record.key!r} in changelog partition {record.partition}: expected {RECORD.itemsize} "
            f"bytes of layout {VERSION}, found {len(value)} bytes; it was written by another version of streamgauge: "
            "run that version, or start afresh under another app_id"
        )
