"""Inventory: which record of the changelog counts for each key."""

from __future__ import annotations

from typing import NamedTuple

from kafka.consumer.fetcher import ConsumerRecord

from stream.changelog.layouts.known import KnownLayouts
from stream.changelog.layouts.layout import StateLayout
from stream.formats.state.envelope import FORGOTTEN, is_intact, mark_of
from stream.formats.state.key import is_partition_key

Place = tuple[int, bytes]
"""Changelog partition and key."""


class StoredKey(NamedTuple):
    """The record that a worker would restore for a key.

    Attributes
    ----------
    at : int
        Its offset in the changelog partition.
    n_bytes : int
        Length of its value.
    layout : StateLayout or None
        None if it is unreadable: of an unknown layout, or for another model.
    order : int
        The larger one counts: its source offset, less `FORGOTTEN` if that is of another topic.
    age : tuple of (float, int)
        Event time of its newest point in seconds, and points seen; zeros if unreadable.
    """

    at: int
    n_bytes: int
    layout: StateLayout | None
    order: int
    age: tuple[float, int]


class StateInventory:
    """What a changelog holds, taken as a worker would restore it.

    Parameters
    ----------
    layouts : KnownLayouts
    mark : int
        Which topic the offsets are of: see `TopicIdentity.mark`.

    Attributes
    ----------
    keys : dict of Place to StoredKey
    partition_records : dict of Place to bytes
        The newest record of each key that is about its partition, such as its topic.
    n_damaged : int
        Keys whose last record is damaged; a worker drops those.
    """

    def __init__(self, layouts: KnownLayouts, mark: int) -> None:
        self.keys: dict[Place, StoredKey] = {}
        self.partition_records: dict[Place, bytes] = {}
        self._damaged: set[Place] = set()
        self._layouts, self._mark = layouts, mark

    @property
    def n_damaged(self) -> int:
        """Keys whose last record is damaged."""
        return len(self._damaged)

    def add(self, record: ConsumerRecord) -> None:
        """Take in the next record of its partition."""
        place = record.partition, record.key
        if is_partition_key(record.key):
            self.partition_records[place] = record.value or b""
            return
        self._damaged.discard(place)
        if record.value is None:
            self.keys.pop(place, None)
        elif self._is_damaged(record):
            self.keys.pop(place, None)
            self._damaged.add(place)
        else:
            self._add_state(place, self._read(record))

    def _is_damaged(self, record: ConsumerRecord) -> bool:
        lengths = {self._layouts.present.n_bytes, *(step.before.n_bytes for step in self._layouts.steps)}
        return len(record.value) in lengths and not is_intact(record.key, record.value)

    def _add_state(self, place: Place, found: StoredKey) -> None:
        held = self.keys.get(place)
        if held is None or held.layout is not found.layout or held.order <= found.order:
            self.keys[place] = found

    def _read(self, record: ConsumerRecord) -> StoredKey:
        layout = self._layouts.find(record.value)
        if layout is None:
            return StoredKey(record.offset, len(record.value), None, 0, (0.0, 0))
        slot = layout.slots(record.value)[0]
        order = int(slot["offset"])
        if order >= 0 and mark_of(record.value) != self._mark:
            order -= FORGOTTEN
        age = float(slot["timestamp_s"]), int(slot["t"])
        return StoredKey(record.offset, len(record.value), layout, order, age)
