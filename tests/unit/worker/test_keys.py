"""Keys of a worker: restored, packed, evicted, handed over."""

from __future__ import annotations

import pytest

from stream.detection.state.detector_state import DetectorState
from stream.detection.state.record import RECORD, blank
from stream.formats.state.envelope import N_BYTES
from stream.worker.engine.store import StateRecord
from stream.worker.keys.key_index import NO_SLOT
from stream.worker.keys.key_table import KeyTable
from stream.worker.keys.policies import PolicyResolver
from stream.worker.recovery import source_offset
from tests.unit.worker.restoring import Worker, packed, restore


def test_a_restored_key_goes_on_where_it_was() -> None:
    worker = Worker()
    worker.restore(packed(b"cpu", offset=41, x0=7.5))
    (slot,) = worker.keys.find(0, [b"cpu"])
    assert (worker.state.offset[slot], worker.state.x0[slot]) == (41, 7.5)


def test_several_restored_and_new_keys_of_one_batch_get_their_own_state() -> None:
    worker = Worker()
    worker.restore(*(packed(key, offset=n, x0=float(n)) for n, key in enumerate((b"a", b"b", b"c"))))
    slots = worker.keys.find(0, [b"c", b"new", b"a", b"c"])
    assert list(worker.state.x0[slots]) == [2.0, 0.0, 0.0, 2.0]
    assert list(worker.state.offset[slots]) == [2, -1, 0, 2]


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_a_record_with_a_smaller_source_offset_never_wins(in_one_batch: bool) -> None:
    worker = Worker()
    records = [packed(b"cpu", offset=41, x0=1.0), packed(b"cpu", offset=40, x0=2.0)]
    for batch in [records] if in_one_batch else [[record] for record in records]:
        worker.restore(*batch)
    worker.keys.find(0, [b"cpu"])
    (record,) = worker.keys.snapshot()
    assert record.value is not None
    assert source_offset(record.value) == 41


def test_a_key_in_memory_is_not_overwritten_by_its_own_changelog() -> None:
    worker = Worker()
    (slot,) = worker.keys.find(0, [b"cpu"])
    worker.state.offset[slot] = 80
    worker.restore(packed(b"cpu", offset=90, x0=1.0))
    (again,) = worker.keys.find(0, [b"cpu"])
    assert worker.state.offset[again] == 80


def test_a_snapshot_holds_what_changed_since_the_last_one() -> None:
    keys = Worker().keys
    keys.find(0, [b"a", b"b"])
    assert {record.key for record in keys.snapshot()} == {b"a", b"b"}
    keys.find(0, [b"b"])
    assert [record.key for record in keys.snapshot()] == [b"b"]
    assert not keys.snapshot()


def test_at_the_cap_a_newcomer_waits_and_nobody_is_forgotten() -> None:
    keys = Worker(max_keys=2).keys
    slots = keys.find(0, [b"a", b"b", b"c", b"a", b"d"])
    assert (slots == NO_SLOT).tolist() == [False, False, True, False, True]
    assert {record.key for record in keys.snapshot() if record.value is not None} == {b"a", b"b"}
    assert not keys.snapshot()


def test_as_many_keys_as_the_cap_allows_never_have_their_state_twice_in_memory() -> None:
    worker = Worker(max_keys=3_000)
    before = worker.state.records.base
    worker.restore(*(packed(b"%d" % n, offset=n, x0=1.0) for n in range(2_999)))
    worker.keys.find(0, [b"new"])
    assert worker.state.records.base is before


def test_what_comes_back_from_the_changelog_is_held_whatever_the_cap_and_leaves_no_tombstone() -> None:
    worker = Worker(max_keys=2)
    worker.restore(*(packed(b"%d" % n, offset=n, x0=1.0) for n in range(5)))
    assert len(worker.keys) == 5
    assert NO_SLOT not in worker.keys.find(0, [b"%d" % n for n in range(5)])
    assert worker.keys.find(0, [b"new"]) == [NO_SLOT]
    assert all(record.value is not None for record in worker.keys.snapshot())


def test_a_forgotten_key_leaves_a_tombstone_and_makes_room() -> None:
    keys = Worker(max_keys=1).keys
    keys.forget(keys.find(0, [b"a"]))
    assert keys.find(0, [b"b"]) != [NO_SLOT]
    assert StateRecord(0, b"a", None) in keys.snapshot()


def test_a_key_that_comes_back_before_the_snapshot_is_not_forgotten_in_the_changelog() -> None:
    keys = Worker(max_keys=1).keys
    keys.forget(keys.find(0, [b"a"]))
    keys.find(0, [b"a"])
    (record,) = keys.snapshot()
    assert record.value is not None


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_a_forgotten_key_is_not_restored(in_one_batch: bool) -> None:
    worker = Worker()
    records = [packed(b"a", offset=5, x0=1.0), StateRecord(0, b"a", None)]
    for batch in [records] if in_one_batch else [[record] for record in records]:
        worker.restore(*batch)
    assert len(worker.keys) == 0


def test_a_key_sleeps_until_its_first_message_or_until_it_is_woken() -> None:
    worker = Worker()
    worker.restore(*(packed(key, offset=1, x0=1.0) for key in (b"a", b"b", b"c")))
    assert len(worker.keys.slots_of(0)) == 0
    (slot,) = worker.keys.find(0, [b"b"])
    assert worker.keys.slots_of(0).tolist() == [slot]
    assert [worker.keys.name(woken) for woken in worker.keys.hydrate(0, 1)] == [b"a"]
    assert [worker.keys.name(woken) for woken in worker.keys.hydrate(0, 9)] == [b"c"]


def test_the_state_of_partitions_that_left_is_dropped() -> None:
    worker = Worker()
    (slot,) = worker.keys.find(1, [b"a"])
    worker.state.x0[slot] = 5.0
    worker.restore(packed(b"b", offset=1, x0=1.0, partition=1))
    worker.keys.keep_only({0})
    assert len(worker.keys) == 0
    assert not worker.keys.snapshot()
    (slot,) = worker.keys.find(1, [b"a"])
    assert worker.state.x0[slot] == 0.0


def test_state_grows_with_the_keys() -> None:
    worker = Worker(max_keys=10_000)
    slots = worker.keys.find(0, [b"k%d" % n for n in range(3_000)])
    assert len(set(slots.tolist())) == 3_000
    assert worker.state.capacity >= 3_000
    assert worker.state.pack(slots).tobytes() == 3_000 * blank().tobytes()
    assert len(worker.keys.snapshot()) == 3_000


def test_a_key_of_several_slots_is_packed_and_restored_as_one() -> None:
    state = DetectorState(4)
    keys = KeyTable(state, 100, 3, PolicyResolver(features=("x", "y", "z")))
    (slot,) = keys.find(0, [b"cpu", b"mem"])[1:]
    state.x0[3 * slot : 3 * slot + 3] = 1.0, 2.0, 3.0
    state.offset[3 * slot] = 7
    record = next(record for record in keys.snapshot() if record.key == b"mem")
    assert record.value is not None
    assert len(record.value) == 3 * RECORD.itemsize + N_BYTES
    other_state = DetectorState(3)
    other = KeyTable(other_state, 100, 3, PolicyResolver(features=("x", "y", "z")))
    other.find(0, [b"someone else"])
    restore(other, other_state, record)
    (slot,) = other.find(0, [b"mem"])
    assert list(other_state.x0[3 * slot : 3 * slot + 3]) == [1.0, 2.0, 3.0]
    assert source_offset(record.value) == 7


def test_keys_of_several_slots_have_room_however_many_come() -> None:
    state = DetectorState(2)
    keys = KeyTable(state, 50, n_slots=3, policies=PolicyResolver(features=("x", "y", "z")))
    slots = keys.find(0, [f"series-{n}".encode() for n in range(50)])
    assert sorted(slots) == list(range(50))
    assert state.capacity >= 150
