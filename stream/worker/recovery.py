"""Recovery: changelog records to keys, batch by batch."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from stream.detection.arrays import Layout, Records
from stream.detection.state.key_state import KeyState
from stream.detection.state.record import RECORD
from stream.errors import StateError
from stream.formats import state_envelope
from stream.formats.state_key import is_series_key
from stream.worker.engine.store import StateRecord
from stream.worker.keys.key_table import KeyTable

FORGOTTEN = 1 << 62
"""Taken off the offsets of another topic: they are before every offset of ours, and keep their order."""

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
        self._place = place_of_offset(state.layout)
        self._n_bytes = n_slots * state.layout.itemsize + state_envelope.N_BYTES
        self._envelope = state_envelope.envelope(state.layout, n_slots)

    def restore(self, records: list[StateRecord]) -> None:
        """Restore changelog records; the larger source offset wins.

        A key that is awake is left alone: it is further than its own changelog.

        Raises
        ------
        StateError
            If a record has another layout than this version's.
        """
        chosen: dict[bytes, tuple[int, StateRecord]] = {}
        for record in records:
            if record.value is not None and self._usable(record, record.value):
                offset, held = self._offset(record.value), chosen.get(record.key)
                if held is None or held[0] <= offset:
                    chosen[record.key] = offset, record
            else:
                chosen.pop(record.key, None)
                self._keys.drop(record.partition, record.key)
        if chosen:
            self._put(records[0].partition, list(chosen.values()))

    def _put(self, partition: int, records: list[tuple[int, StateRecord]]) -> None:
        keys = [record.key for _, record in records]
        offsets = np.array([offset for offset, _ in records], np.int64)
        is_newer = offsets >= self._keys.known_offsets(partition, keys)
        newer = [at for at in np.flatnonzero(is_newer).tolist() if not self._keys.is_hydrated(partition, keys[at])]
        if newer:
            chosen = [records[at][1] for at in newer]
            packed = np.frombuffer(b"".join([record.value or b"" for record in chosen]), self._envelope)["slots"]
            self._check_version(packed, chosen)
            self._keys.put(partition, [record.key for record in chosen], packed, offsets[newer])

    def _offset(self, value: bytes | memoryview) -> int:
        """Return a record's source offset; minimal for another topic."""
        offset: int = _OFFSET.unpack_from(value, self._place)[0]
        return offset if offset < 0 or state_envelope.mark_of(value) == self._mark else offset - FORGOTTEN

    def _usable(self, record: StateRecord, value: bytes | memoryview) -> bool:
        """Check whether key and record are ours and intact."""
        if not is_series_key(record.key):
            raise StateError(
                f"key {record.key!r} in changelog partition {record.partition}: expected a series name in UTF-8; "
                "another program writes to this topic: find out which, then start afresh under another app_id"
            )
        if len(value) != self._n_bytes:
            raise self._foreign_layout(record)
        if state_envelope.is_intact(record.key, value):
            return True
        self._damaged(record.partition, record.key)
        return False

    def _check_version(self, packed: Records, records: list[StateRecord]) -> None:
        strange = np.flatnonzero(~self._state.is_compatible(packed))
        if len(strange):
            raise self._foreign_layout(records[int(strange[0])])

    def _foreign_layout(self, record: StateRecord) -> StateError:
        return StateError(
            f"state record of key {record.key!r} in changelog partition {record.partition}: expected {self._n_bytes} "
            f"bytes in our layout, found {len(record.value or b'')}; it was written by another version of streamgauge, "
            "or for a model of another kind, window or features: run that one, or start afresh under another app_id"
        )


def source_offset(value: bytes | memoryview, layout: Layout = RECORD) -> int:
    """Return the source offset of a packed record."""
    return int(_OFFSET.unpack_from(value, place_of_offset(layout))[0])


def place_of_offset(layout: Layout) -> int:
    """Return the byte position of the source offset."""
    return int(layout.fields["offset"][1]) if layout.fields else 0
