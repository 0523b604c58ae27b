"""Keys that come back from the changelog, and what brings them back."""

from __future__ import annotations

import pytest

from stream.detection.state.detector_state import DetectorState
from stream.detection.state.record import blank
from stream.formats.state.envelope import seal
from stream.worker.engine.store import StateRecord
from stream.worker.keys.key_table import KeyTable
from stream.worker.recovery import Recovery

MARK = 7
"""Stands for the topic that is read."""

UNSEEN = blank()


class Worker:
    """The keys of a worker with their state, and what brings them back."""

    def __init__(self, max_keys: int = 100) -> None:
        self.state = DetectorState(4)
        self.keys = KeyTable(self.state, max_keys, mark=MARK)
        self.damaged: list[bytes] = []
        self.recovery = Recovery(self.keys, self.state, 1, MARK, lambda _, key: self.damaged.append(key))

    def restore(self, *records: StateRecord) -> None:
        """Bring records of one partition back as one fetched batch."""
        self.recovery.restore(records[0].partition, records)


def packed(key: bytes, offset: int, x0: float, partition: int = 0, mark: int = MARK) -> StateRecord:
    record = UNSEEN.copy()
    record["offset"], record["x0"] = offset, x0
    return StateRecord(partition, key, seal(key, record.tobytes(), mark))


def restore(keys: KeyTable, state: DetectorState, *records: StateRecord) -> None:
    """Bring records back that are as they were written."""
    recovery = Recovery(keys, state, keys.n_slots, 0, lambda _, key: pytest.fail(f"{key!r} is damaged"))
    recovery.restore(0, records)
    recovery.restored()
