"""Slots: found, recycled, by partition."""

from __future__ import annotations

import pytest

from stream.worker.keys.slots import Slots


def add(slots: Slots, partition: int, key: bytes) -> int:
    (slot,) = slots.add(partition, [key])
    return int(slot)


def test_many_keys_take_the_free_slots_first() -> None:
    slots = Slots()
    freed = [add(slots, 0, b"old"), add(slots, 0, b"older")]
    for slot in freed:
        slots.release(slot)
    taken = slots.add(2, [b"a", b"b", b"c", b"d"])
    assert set(taken.tolist()) == {*freed, 2, 3}
    assert [slots.owner(slot) for slot in taken.tolist()] == [(2, key) for key in (b"a", b"b", b"c", b"d")]


def test_a_key_keeps_its_slot() -> None:
    slots = Slots()
    slot = add(slots, 3, b"cpu")
    add(slots, 3, b"mem")
    assert slots.of_partition(3)[b"cpu"] == slot
    assert slots.owner(slot) == (3, b"cpu")


def test_the_same_key_in_two_partitions_has_two_slots() -> None:
    slots = Slots()
    assert add(slots, 0, b"cpu") != add(slots, 1, b"cpu")


def test_a_released_slot_is_given_to_the_next_key() -> None:
    slots = Slots()
    slot = add(slots, 0, b"old")
    slots.release(slot)
    assert add(slots, 0, b"new") == slot
    assert slots.capacity == 1
    assert b"old" not in slots.of_partition(0)


def test_partitions_that_left_give_their_slots_back() -> None:
    slots = Slots()
    kept, left = add(slots, 0, b"a"), add(slots, 1, b"a")
    assert slots.release_others({0}) == [left]
    assert len(slots) == 1
    assert slots.owner(kept) == (0, b"a")


def test_a_free_slot_has_no_owner() -> None:
    slots = Slots()
    slot = add(slots, 0, b"a")
    slots.release(slot)
    with pytest.raises(KeyError, match=f"slot {slot} is free"):
        slots.owner(slot)
