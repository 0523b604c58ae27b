"""Slots: found, recycled, by partition."""

from __future__ import annotations

import pytest

from stream.worker.keys.slots import Slots


def test_a_key_keeps_its_slot() -> None:
    slots = Slots()
    slot = slots.add(3, b"cpu")
    slots.add(3, b"mem")
    assert slots.of_partition(3)[b"cpu"] == slot
    assert slots.owner(slot) == (3, b"cpu")


def test_the_same_key_in_two_partitions_has_two_slots() -> None:
    slots = Slots()
    assert slots.add(0, b"cpu") != slots.add(1, b"cpu")


def test_a_released_slot_is_given_to_the_next_key() -> None:
    slots = Slots()
    slot = slots.add(0, b"old")
    slots.release(slot)
    assert slots.add(0, b"new") == slot
    assert slots.capacity == 1
    assert b"old" not in slots.of_partition(0)


def test_partitions_that_left_give_their_slots_back() -> None:
    slots = Slots()
    kept, left = slots.add(0, b"a"), slots.add(1, b"a")
    assert slots.release_others({0}) == [left]
    assert len(slots) == 1
    assert slots.owner(kept) == (0, b"a")


def test_a_free_slot_has_no_owner() -> None:
    slots = Slots()
    slot = slots.add(0, b"a")
    slots.release(slot)
    with pytest.raises(KeyError, match=f"slot {slot} is free"):
        slots.owner(slot)
