"""Migration: which records are written, and that an interrupted one goes on."""

from __future__ import annotations

from collections.abc import Iterable

from stream.changelog.inventory import StateInventory
from stream.changelog.layouts.known import KnownLayouts
from stream.changelog.layouts.layout import StateLayout
from stream.changelog.layouts.step import LayoutStep
from stream.changelog.layouts.v5 import layout_5
from stream.changelog.migration import Migration, MigrationPlan
from stream.detection.state import record
from stream.formats.state.envelope import FORGOTTEN, seal
from tests.unit.changelog.golden_records import document, golden
from tests.unit.changelog.memory import Changelog, Record

PRESENT = StateLayout(record.blank())
LAYOUTS = KnownLayouts(PRESENT, (LayoutStep(layout_5(1, 0, 0), PRESENT),))
MARK = document(5)["mark"]


class Migrated(Changelog):
    """A changelog that is migrated."""

    def plan(self) -> MigrationPlan:
        return MigrationPlan.of(inventory(self.records), PRESENT)

    def migrate(self, plan: MigrationPlan) -> None:
        Migration(plan, LAYOUTS, self.writer()).carry_over(list(self.records))


def inventory(records: Iterable[Record], mark: int = MARK) -> StateInventory:
    made = StateInventory(LAYOUTS, mark)
    for each in records:
        made.add(each)
    return made


def of_layouts(*versions: int) -> Migrated:
    changelog = Migrated()
    for version in versions:
        for each in golden(version, "stateful-forecast"):
            changelog.append(each.key, each.value)
    return changelog


def test_every_record_of_layout_5_is_written_again_behind_it_and_none_is_left() -> None:
    changelog = of_layouts(5)
    plan = changelog.plan()
    assert (len(plan.migrated), dict(plan.by_version), plan.n_present) == (4, {5: 4}, 0)
    changelog.migrate(plan)
    expected = {each.key: each.value for each in golden(6, "stateful-forecast")}
    assert {each.key: each.value for each in changelog.records[4:]} == expected
    assert (len(changelog.plan().migrated), changelog.plan().n_present) == (0, 4)


def test_a_migration_that_was_interrupted_goes_on_with_what_is_left() -> None:
    changelog = of_layouts(5)
    changelog.n_taken = 1
    try:
        changelog.migrate(changelog.plan())
    except ConnectionError:
        changelog.n_taken = 1_000
    assert (len(changelog.plan().migrated), changelog.plan().n_present) == (3, 1)
    changelog.migrate(changelog.plan())
    assert (len(changelog.records), changelog.plan().n_present) == (8, 4)


def test_records_that_cannot_be_carried_over_are_told_apart_and_can_be_forgotten() -> None:
    changelog = of_layouts(4)
    changelog.append(b"other", golden(5, "stateful-forecast")[0].value)
    plan = changelog.plan()
    assert (len(plan.unreadable), len(plan.migrated), plan.n_damaged) == (4, 0, 1)
    Migration(plan, LAYOUTS, changelog.writer()).forget_unreadable()
    assert (len(changelog.plan().unreadable), changelog.records[-1].value) == (0, None)


def test_a_forgotten_series_and_the_records_of_a_partition_are_left_alone() -> None:
    changelog = of_layouts(5)
    changelog.append(golden(5, "stateful-forecast")[0].key, None)
    changelog.append(b"\xffsource", b"{}")
    assert len(changelog.plan().migrated) == 3
    assert inventory(changelog.records).partition_records == {(0, b"\xffsource"): b"{}"}


def test_the_record_with_the_larger_source_offset_counts_and_one_of_another_topic_is_before_all() -> None:
    first, *_ = golden(6, "stateful-forecast")
    (stored,) = inventory([Record(first.key, first.value, 0)]).keys.values()
    assert stored.order == 1_000
    (stored,) = inventory([Record(first.key, first.value, 0)], MARK + 1).keys.values()
    assert stored.order == 1_000 - FORGOTTEN


def test_a_record_whose_offset_was_forgotten_is_of_our_layout() -> None:
    """A worker that went on after `state adopt` writes such a record where it has not read the series since."""
    first, *_ = golden(6, "stateful-forecast")
    slots = PRESENT.slots(first.value).copy()
    slots["offset"] -= FORGOTTEN
    value = seal(first.key, slots.tobytes(), MARK)
    (stored,) = inventory([Record(first.key, value, 0)]).keys.values()
    assert (stored.layout, stored.order) == (PRESENT, 1_000 - FORGOTTEN)
