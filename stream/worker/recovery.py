"""Recovery: changelog records to keys, batch by batch."""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import compress

import numpy as np

from stream.detection.arrays import Int64, Layout, Records
from stream.detection.state.key_state import KeyState
from stream.detection.state.record import RECORD
from stream.errors import StateError
from stream.formats.state import envelope
from stream.formats.state.key import is_series_key
from stream.worker.engine.store import StateRecord
from stream.worker.keys.key_table import KeyTable

RESTORED_AT_ONCE = 256
"""Records that are joined into one block, some 1 MB: it stays in the processor's cache."""

MAX_OFFSET = 1 << 53
"""No source offset is as large; bytes of another layout, read as an offset, often are."""

_OFFSET = struct.Struct("<q")


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
        self._keys, self._state, self._n_slots = keys, state, n_slots
        self._mark, self._damaged = mark, damaged
        self._n_bytes = n_slots * state.layout.itemsize + envelope.N_BYTES
        self._envelope = envelope.envelope(state.layout, n_slots)
        self._foreign: dict[tuple[int, bytes], int] = {}

    def restore(self, records: list[StateRecord]) -> None:
        """Restore changelog records; the larger source offset wins.

        A key that is awake is left alone: it is further than its own changelog. A record of another layout is left
        out; one in ours may follow it, as `streamgauge state migrate` writes it.

        Raises
        ------
        StateError
            If another program has written a key.
        """
        for start in range(0, len(records), RESTORED_AT_ONCE):
            self._restore(records[start : start + RESTORED_AT_ONCE])

    def restored(self) -> None:
        """Check that no key was left with a record of another layout.

        Raises
        ------
        StateError
            If one was.
        """
        foreign, self._foreign = self._foreign, {}
        if foreign:
            raise self._foreign_layout(foreign)

    def keep_only(self, partitions: set[int]) -> None:
        """Forget what was found in all other partitions."""
        self._foreign = {at: n_bytes for at, n_bytes in self._foreign.items() if at[0] in partitions}

    def _restore(self, records: list[StateRecord]) -> None:
        written = [record for record in records if record.value is not None]
        _check_keys(written)
        records, written, packed = self._in_our_layout(records, written)
        offsets, is_intact = self._offsets(packed), self._intact(written, packed)
        chosen = self._newest(records, offsets.tolist(), is_intact)
        if chosen:
            at = np.fromiter(chosen.values(), np.int64, len(chosen))
            slots = envelope.opaque(packed["slots"])[at].view(self._state.layout)
            self._put([written[each] for each in chosen.values()], slots, offsets[at])

    def _in_our_layout(
        self, records: list[StateRecord], written: list[StateRecord]
    ) -> tuple[list[StateRecord], list[StateRecord], Records]:
        """Return the records, and those with a value once more in one block, without those of another layout."""
        is_ours = [len(record.value or b"") == self._n_bytes for record in written]
        packed = self._packed(list(compress(written, is_ours)))
        is_known = self._state.is_compatible(packed["slots"]) & (packed["slots"]["offset"][:, 0] < MAX_OFFSET)
        if self._foreign or not all(is_ours) or not is_known.all():
            known = iter(is_known.tolist())
            return self._without_foreign(records, [each and next(known) for each in is_ours])
        return records, written, packed

    def _without_foreign(
        self, records: list[StateRecord], is_ours: list[bool]
    ) -> tuple[list[StateRecord], list[StateRecord], Records]:
        ours, kept = iter(is_ours), []
        for record in records:
            at = record.partition, record.key
            if record.value is None or next(ours) or self._is_damaged(record):
                self._foreign.pop(at, None)
                kept.append(record)
            else:
                self._foreign[at] = len(record.value)
        written = [record for record in kept if record.value is not None]
        return kept, written, self._packed(written)

    def _is_damaged(self, record: StateRecord) -> bool:
        value = record.value or b""
        return len(value) == self._n_bytes and not envelope.is_intact(record.key, value)

    def _packed(self, written: list[StateRecord]) -> Records:
        """Return values of the size of our layout in one block."""
        return np.frombuffer(b"".join([record.value or b"" for record in written]), self._envelope)

    def _offsets(self, packed: Records) -> Int64:
        """Return the source offsets; those of another topic count as before all of ours."""
        offsets = packed["slots"]["offset"][:, 0].astype(np.int64)
        is_foreign = (offsets >= 0) & (packed["mark"] != self._mark)
        offsets[is_foreign] -= envelope.FORGOTTEN
        return offsets

    def _intact(self, written: list[StateRecord], packed: Records) -> list[bool]:
        expected = packed["checksum"].tolist()
        return [
            envelope.checksum(record.key, record.value or b"") == checksum
            for record, checksum in zip(written, expected, strict=True)
        ]

    def _newest(self, records: list[StateRecord], offsets: list[int], is_intact: list[bool]) -> dict[bytes, int]:
        """Choose the newest record of each key; drop the keys whose last one is a tombstone or damaged."""
        chosen: dict[bytes, int] = {}
        at = -1
        for partition, key, value, *_ in records:
            at += value is not None
            if value is not None and is_intact[at]:
                held = chosen.get(key)
                if held is None or offsets[held] <= offsets[at]:
                    chosen[key] = at
                continue
            if value is not None:
                self._damaged(partition, key)
            chosen.pop(key, None)
            self._keys.drop(partition, key)
        return chosen

    def _put(self, records: list[StateRecord], slots: Records, offsets: Int64) -> None:
        """Store the records that are ahead of what is held."""
        partition, keys = records[0].partition, [record.key for record in records]
        is_ahead = self._keys.is_behind(partition, keys, offsets)
        if not is_ahead.all():
            records, slots, offsets = list(compress(records, is_ahead)), slots[is_ahead], offsets[is_ahead]
        if records:
            self._keys.put(partition, [record.key for record in records], slots, offsets)

    def _foreign_layout(self, foreign: dict[tuple[int, bytes], int]) -> StateError:
        (partition, key), n_bytes = next(iter(foreign.items()))
        return StateError(
            f"{len(foreign):,} state records have another layout, such as that of key {key!r} in changelog partition "
            f"{partition}: expected {self._n_bytes} bytes in our layout, found {n_bytes} in another; they were written "
            "by another version of streamgauge, or for a model of another kind, window or features. Stop all workers "
            "and run `streamgauge state migrate` with the same settings: it carries over what was learned, or lists "
            "what it cannot; or run that version; or start afresh under another app_id"
        )


def _check_keys(records: list[StateRecord]) -> None:
    """Refuse keys of another program: all keys are looked at together, and one by one only where that fails."""
    try:
        b" ".join([record.key for record in records]).decode()
    except (UnicodeDecodeError, TypeError):
        foreign = [record for record in records if not is_series_key(record.key)]
        if foreign:
            raise StateError(
                f"key {foreign[0].key!r} in changelog partition {foreign[0].partition}: expected a series name in "
                "UTF-8; another program writes to this topic: find out which, then start afresh under another app_id"
            ) from None


def source_offset(value: bytes | memoryview, layout: Layout = RECORD) -> int:
    """Return the source offset of a packed record."""
    return int(_OFFSET.unpack_from(value, place_of_offset(layout))[0])


def place_of_offset(layout: Layout) -> int:
    """Return the byte position of the source offset."""
    return int(layout.fields["offset"][1]) if layout.fields else 0
