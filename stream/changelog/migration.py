"""Migration: records of an earlier layout are written anew in the present one.

The changelog stays the same topic. A migrated record is written behind the one of the earlier layout, to the same
partition and with the same source offset, and a worker takes the last one. So a migration that was interrupted is
repeated: what has been migrated is in the present layout already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kafka.consumer.fetcher import ConsumerRecord

from stream.changelog.inventory import Place, StateInventory
from stream.changelog.layouts.known import KnownLayouts
from stream.changelog.layouts.layout import StateLayout
from stream.changelog.topic import ChangelogWriter
from stream.formats.state.envelope import mark_of, seal


@dataclass(frozen=True)
class MigrationPlan:
    """What a migration has to do.

    Attributes
    ----------
    migrated : dict of Place to int
        Offset in the changelog of each record that is carried over.
    unreadable : dict of Place to int
        Length of each record that cannot be.
    by_version : Counter of int
        Records that are carried over, by the version of their layout.
    n_present : int
        Records that have the present layout.
    n_damaged : int
    """

    migrated: dict[Place, int]
    unreadable: dict[Place, int]
    by_version: Counter[int]
    n_present: int
    n_damaged: int

    @classmethod
    def of(cls, inventory: StateInventory, present: StateLayout) -> MigrationPlan:
        """Plan the migration of everything that has another layout."""
        unreadable = {place: each.n_bytes for place, each in inventory.keys.items() if each.layout is None}
        migrated, by_version = {}, Counter[int]()
        for place, each in inventory.keys.items():
            if each.layout is not None and each.layout is not present:
                migrated[place] = each.at
                by_version[each.layout.version] += 1
        n_present = len(inventory.keys) - len(unreadable) - len(migrated)
        return cls(migrated, unreadable, by_version, n_present, inventory.n_damaged)


class Migration:
    """Writes what a plan says.

    Parameters
    ----------
    plan : MigrationPlan
    layouts : KnownLayouts
    writer : ChangelogWriter
    """

    def __init__(self, plan: MigrationPlan, layouts: KnownLayouts, writer: ChangelogWriter) -> None:
        self._plan, self._layouts, self._writer = plan, layouts, writer

    def carry_over(self, records: Iterable[ConsumerRecord]) -> None:
        """Write those of the records that the plan names in the present layout."""
        for record in records:
            if self._plan.migrated.get((record.partition, record.key)) == record.offset:
                self._writer.write(record.partition, record.key, migrated_value(record, self._layouts))
        self._writer.flush()

    def forget_unreadable(self) -> None:
        """Write a tombstone for each key that cannot be carried over."""
        for partition, key in self._plan.unreadable:
            self._writer.write(partition, key, None)
        self._writer.flush()


def migrated_value(record: ConsumerRecord, layouts: KnownLayouts) -> bytes:
    """Return the value of a record in the present layout, with its mark and a new checksum."""
    layout = layouts.find(record.value)
    if layout is None:
        raise ValueError(f"record {record.key!r} has no known layout")
    slots = layouts.migrate(layout.slots(record.value), layout)
    return seal(record.key, slots.tobytes(), mark_of(record.value))
