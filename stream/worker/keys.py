"""The keys of a worker: their slots, what the changelog gave back of them, what changed since the last snapshot."""

from __future__ import annotations

import struct
from functools import cache
from itertools import islice, repeat

import numpy as np

from stream.detection.key_state import KeyState
from stream.detection.record import RECORD, Int64, Layout
from stream.detection.slots import Slots
from stream.errors import StateError
from stream.formats.state_key import is_series_key
from stream.worker.engine.store import StateRecord
from stream.worker.rulebook import Rulebook

EVICTED_SHARE = 64
"""At the cap, one in so many keys is evicted at once, so that looking for the idlest is paid rarely."""

GROWTH_PERCENT = 125
"""Room that is made at once for the keys to come: all of it takes memory from then on."""

_OFFSET = struct.Struct("<q")


class Keys:
    """Find, admit, evict and pack the keys of the partitions that are ours.

    A key that came back from the changelog stays packed until its first message, or until it is woken.

    Parameters
    ----------
    state : KeyState
        Grown as keys come.
    max_keys : int
        Keys held at most; beyond, the idlest are forgotten, in the changelog too.
    n_slots : int
        Slots of the state that a key takes: those of its slot number s begin at s * n_slots, and are packed together.
    rulebook : Rulebook, optional
        Says how a key that is admitted is treated; without one no rule is set.

    Attributes
    ----------
    n_evicted : int
        Keys forgotten because of the cap.
    """

    def __init__(self, state: KeyState, max_keys: int, n_slots: int = 1, rulebook: Rulebook | None = None) -> None:
        self.n_evicted = 0
        self._rulebook = rulebook or Rulebook()
        self._state = state
        self._n_slots = n_slots
        self._layout = state.layout
        self._n_bytes = n_slots * state.layout.itemsize
        self._max_keys = max_keys
        self._slots = Slots()
        self._packed: dict[int, dict[bytes, bytes]] = {}
        self._changed = np.zeros(state.capacity // n_slots, np.bool_)
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

    def used_by(self, partition: int) -> Int64:
        """Give the slots of a partition's keys, those still packed left out."""
        return self._slots.used_by(partition)

    def name(self, slot: int) -> bytes:
        """Give the key of a slot in use."""
        return self._slots.owner(slot).key

    def mark(self, slots: Int64) -> None:
        """Let these keys count as changed."""
        self._changed[slots] = True

    def wake(self, partition: int, n: int) -> Int64:
        """Unpack up to `n` keys of a partition that came back from the changelog and have sent nothing yet."""
        packed = list(islice(self._packed.get(partition, {}), n))
        if packed:
            self._admit(partition, packed)
        index = self._slots.of_partition(partition)
        return np.array([index[key] for key in packed], np.int64)

    def _admit(self, partition: int, keys: list[bytes]) -> None:
        packed = self._packed.get(partition, {})
        returning = {key: packed.pop(key) for key in keys if key in packed}
        self._make_room(len(keys))
        slots = np.array([self._slots.add(partition, key) for key in keys], np.int64)
        self._grow(self._slots.capacity)
        self._state.reset(self._in_state(slots))
        if returning:
            came_back = np.array([key in returning for key in keys])
            records = np.frombuffer(b"".join(returning.values()), self._layout)
            self._state.unpack(self._in_state(slots[came_back]), records)
        self._state.treat(self._in_state(slots), [each for key in keys for each in self._rulebook.treatments(key)])
        self._forgotten.difference_update((partition, key) for key in keys)

    def _in_state(self, slots: Int64) -> Int64:
        """Give the state's slots of these keys, key by key."""
        in_state: Int64 = (slots[:, None] * self._n_slots + np.arange(self._n_slots)).ravel()
        return in_state

    def _grow(self, n_keys: int) -> None:
        if n_keys * self._n_slots > self._state.capacity:
            self._state.grow(GROWTH_PERCENT * n_keys * self._n_slots // 100)
        n_more = self._state.capacity // self._n_slots - len(self._changed)
        if n_more > 0:
            self._changed = np.concatenate([self._changed, np.zeros(n_more, np.bool_)])

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
        self._check(record)
        held = packed.get(record.key)
        if held is None or source_offset(held, self._layout) <= source_offset(record.value, self._layout):
            packed.pop(record.key, None)  # so that it moves to the end: the order of the dict is idlest first
            packed[record.key] = record.value

    def snapshot(self) -> list[StateRecord]:
        """Pack every key that changed since the last snapshot; forgotten ones as None."""
        slots = np.flatnonzero(self._changed)
        self._changed[slots] = False
        packed, size = self._state.pack(self._in_state(slots)).tobytes(), self._n_bytes
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

    def _check(self, record: StateRecord) -> None:
        value = record.value or b""
        if not is_series_key(record.key):
            raise StateError(
                f"key {record.key!r} in changelog partition {record.partition}: expected a series name in UTF-8; "
                "somebody else writes to this topic: find out who, then start afresh under another app_id"
            )
        if len(value) != self._n_bytes or not self._state.understands(value):
            raise StateError(
                f"state record of key {record.key!r} in changelog partition {record.partition}: expected "
                f"{self._n_bytes} bytes in our layout, found {len(value)}; it was written by another version of "
                "streamgauge, or for a model of another kind, window or features: run that one, or start afresh under "
                "another app_id"
            )


def source_offset(value: bytes, layout: Layout = RECORD) -> int:
    """Read the source offset from a packed record of a layout."""
    return int(_OFFSET.unpack_from(value, _place(layout, "offset"))[0])


@cache
def _place(layout: Layout, field: str) -> int:
    return int(layout.fields[field][1]) if layout.fields else 0
