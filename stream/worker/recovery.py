"""Recovery: changelog records to keys, batch by batch."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from typing import NamedTuple, TypeAlias

import numpy as np

from stream.detection.arrays import Bool, Int64, Layout, Records
from stream.detection.state.key_state import KeyState
from stream.detection.state.record import RECORD
from stream.errors import StateError
from stream.formats.state import envelope
from stream.formats.state.key import is_series_key
from stream.worker.engine.store import ChangelogRecord
from stream.worker.keys.key_table import KeyTable
from stream.worker.keys.seals import Seals

RESTORED_AT_ONCE = 512
"""Records that are joined into one block at most, some 2 MB."""

MAX_OFFSET = 1 << 53
"""No source offset is as large; bytes of another layout, read as an offset, often are."""

_OFFSET = struct.Struct("<q")


Value: TypeAlias = bytes | memoryview


class Stored(NamedTuple):
    """Values of different keys, as they are stored."""

    keys: list[bytes]
    values: list[Value]

    def only(self, wanted: Bool) -> Stored:
        """Return some of them."""
        return Stored(list(compress(self.keys, wanted)), list(compress(self.values, wanted)))


class Recovery:
    """Restores keys from fetched changelog batches.

    Parameters
    ----------
    keys : KeyTable
    state : KeyState
    n_slots : int
        Slots of the state that a key takes.
    mark : int
        Which topic is read: offsets with another mark are forgotten.
    damaged : callable
        Told of partition and key of each record that is not as it was written. Its series starts afresh.
    """

    def __init__(
        self, keys: KeyTable, state: KeyState, n_slots: int, mark: int, damaged: Callable[[int, bytes], None]
    ) -> None:
        self._keys, self._state = keys, state
        self._mark, self._damaged = mark, damaged
        self._n_bytes = n_slots * state.layout.itemsize + envelope.N_BYTES
        self._envelope = envelope.envelope(state.layout, n_slots)
        self._foreign: dict[tuple[int, bytes], int] = {}
        self._seals = Seals(keys)

    def restore(self, partition: int, records: Sequence[ChangelogRecord]) -> None:
        """Restore consecutive changelog records of a partition; the larger source offset wins.

        A key that is awake is left alone: it is further than its own changelog. A record of another layout is left
        out; one in ours may follow it, as `streamgauge state migrate` writes it.

        Raises
        ------
        StateError
            If another program has written a key.
        """
        for start in range(0, len(records), RESTORED_AT_ONCE):
            part = records[start : start + RESTORED_AT_ONCE]
            for run in _runs([record.key for record in part], [record.value for record in part]):
                self._restore(partition, run)

    def restored(self) -> None:
        """Check what was restored, and that no key was left with a record of another layout.

        Raises
        ------
        StateError
            If one was.
        """
        self._keys.restored()
        for partition, key in self._seals.broken():
            self._drop_damaged(partition, key)
        foreign, self._foreign = self._foreign, {}
        if foreign:
            raise self._foreign_layout(foreign)

    def keep_only(self, partitions: set[int]) -> None:
        """Forget what was found in all other partitions."""
        self._foreign = {at: n_bytes for at, n_bytes in self._foreign.items() if at[0] in partitions}

    def _restore(self, partition: int, run: Stored | list[bytes]) -> None:
        if not isinstance(run, Stored):
            self._drop(partition, run)
            return
        _check_keys(partition, run.keys)
        ours, packed = self._in_our_layout(partition, run)
        if ours.keys:
            self._put(partition, ours, packed)

    def _drop(self, partition: int, keys: list[bytes]) -> None:
        for key in keys:
            self._foreign.pop((partition, key), None)
        self._keys.drop(partition, keys)

    def _drop_damaged(self, partition: int, key: bytes) -> None:
        self._damaged(partition, key)
        self._keys.drop(partition, [key])

    def _in_our_layout(self, partition: int, stored: Stored) -> tuple[Stored, Records]:
        """Return what is of our layout, and its values in one block."""
        ours = stored
        if set(map(len, stored.values)) != {self._n_bytes}:
            ours = stored.only(np.array([len(value) == self._n_bytes for value in stored.values]))
        packed: Records = np.frombuffer(b"".join(ours.values), self._envelope)
        is_known = self._state.is_compatible(packed["slots"]) & (packed["slots"]["offset"][:, 0] < MAX_OFFSET)
        if not is_known.all():
            ours, packed = ours.only(is_known), packed[is_known]
        if len(ours.keys) < len(stored.keys) or self._foreign:
            self._note_foreign(partition, stored, set(ours.keys))
        return ours, packed

    def _note_foreign(self, partition: int, stored: Stored, ours: set[bytes]) -> None:
        """Note the records of another layout, until one of ours follows; one that is only damaged is dropped."""
        for key, value in zip(*stored, strict=True):
            self._foreign.pop((partition, key), None)
            if key in ours:
                continue
            if len(value) == self._n_bytes and not envelope.is_intact(key, value):
                self._drop_damaged(partition, key)
            else:
                self._foreign[partition, key] = len(value)

    def _put(self, partition: int, stored: Stored, packed: Records) -> None:
        """Store what is ahead of what is held."""
        offsets, is_ours = self._offsets(packed), packed["mark"] == self._mark
        slots = self._keys.held(partition, stored.keys)
        is_taken = self._keys.are_behind(slots, offsets)
        doubtful = np.flatnonzero(~(is_taken & is_ours)).tolist()
        for at in doubtful:
            is_taken[at] = self._is_right(partition, stored.keys[at], stored.values[at], is_ahead=bool(is_taken[at]))
        if doubtful:
            stored, packed, offsets = stored.only(is_taken), packed[is_taken], offsets[is_taken]
            is_ours = is_ours[is_taken]
            slots = self._keys.held(partition, stored.keys)  # Some may have been dropped.
        if stored.keys:
            slots = self._keys.put(partition, stored.keys, slots, packed["slots"], offsets)
            self._seals.put(slots, packed["checksum"], is_ours)

    def _offsets(self, packed: Records) -> Int64:
        """Return the source offsets; those of another topic count as before all of ours."""
        offsets = packed["slots"]["offset"][:, 0].astype(np.int64)
        is_foreign = (offsets >= 0) & (packed["mark"] != self._mark)
        offsets[is_foreign] -= envelope.FORGOTTEN
        return offsets

    def _is_right(self, partition: int, key: bytes, value: Value, *, is_ahead: bool) -> bool:
        """Check a record at once, and whether to take it.

        Most are checked at the end, as far as they are left by then. One whose offset is changed when it is stored
        cannot be. One that is behind what is held was written late, or one of the two has a wrong offset.
        """
        if self._keys.are_hydrated(partition, [key]).any():
            return False
        if not envelope.is_intact(key, value):
            self._drop_damaged(partition, key)
            return False
        if not is_ahead and self._seals.is_broken(partition, key):
            self._drop_damaged(partition, key)
            return True
        return is_ahead

    def _foreign_layout(self, foreign: dict[tuple[int, bytes], int]) -> StateError:
        (partition, key), n_bytes = next(iter(foreign.items()))
        return StateError(
            f"{len(foreign):,} state records have another layout, such as that of key {key!r} in changelog partition "
            f"{partition}: expected {self._n_bytes} bytes in our layout, found {n_bytes} in another; they were written "
            "by another version of streamgauge, or for a model of another kind, window or features. Stop all workers "
            "and run `streamgauge state migrate` with the same settings: it carries over what was learned, or lists "
            "what it cannot; or run that version; or start afresh under another app_id"
        )


def _runs(keys: list[bytes], values: list[Value | None]) -> Iterator[Stored | list[bytes]]:
    """Cut records into what may be restored together: values of different keys, or the keys of tombstones."""
    stored = [value for value in values if value is not None]
    if len(stored) == len(set(keys)) == len(keys):
        yield Stored(keys, stored)  # What one checkpoint has written.
        return
    run, held, tombstones = Stored([], []), set[bytes](), list[bytes]()
    for key, value in zip(keys, values, strict=True):
        if tombstones and value is not None:
            yield tombstones
            tombstones = []
        if held and (value is None or key in held):
            yield run
            run, held = Stored([], []), set()
        if value is None:
            tombstones.append(key)
        else:
            held.add(key)
            run.keys.append(key)
            run.values.append(value)
    yield run if held else tombstones


def _check_keys(partition: int, keys: list[bytes]) -> None:
    """Refuse keys of another program: all keys are looked at together, and one by one only where that fails."""
    try:
        b" ".join(keys).decode()
    except (UnicodeDecodeError, TypeError):
        foreign = [key for key in keys if not is_series_key(key)]
        if foreign:
            raise StateError(
                f"key {foreign[0]!r} in changelog partition {partition}: expected a series name in UTF-8; another "
                "program writes to this topic: find out which, then start afresh under another app_id"
            ) from None


def source_offset(value: bytes | memoryview, layout: Layout = RECORD) -> int:
    """Return the source offset of a packed record."""
    return int(_OFFSET.unpack_from(value, place_of_offset(layout))[0])


def place_of_offset(layout: Layout) -> int:
    """Return the byte position of the source offset."""
    return int(layout.fields["offset"][1]) if layout.fields else 0
