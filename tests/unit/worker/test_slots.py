"""Slots: found, recycled, by partition."""

from __future__ import annotations

import numpy as np
import pytest

from stream.worker.keys import key_index, owners
from stream.worker.keys.key_index import NO_SLOT
from stream.worker.keys.slots import Slots


@pytest.fixture(params=[0, 30, 16_384], ids=["no new ones", "some new ones", "all new"])
def slots(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Slots:
    monkeypatch.setattr(key_index, "NEW", request.param)
    monkeypatch.setattr(owners, "WORTH_COMPACTING", 0)
    return Slots()


def add(slots: Slots, partition: int, key: bytes) -> int:
    (slot,) = slots.add(partition, [key])
    return int(slot)


def find(slots: Slots, partition: int, key: bytes) -> int:
    (slot,) = slots.find(partition, [key])
    return int(slot)


def release(slots: Slots, *released: int) -> None:
    slots.release(np.array(released, np.int64))


def test_many_keys_take_the_free_slots_first(slots: Slots) -> None:
    freed = [add(slots, 0, b"old"), add(slots, 0, b"older")]
    release(slots, *freed)
    taken = slots.add(2, [b"a", b"b", b"c", b"d"])
    assert set(taken.tolist()) == {*freed, 2, 3}
    assert [slots.owner(slot) for slot in taken.tolist()] == [(2, key) for key in (b"a", b"b", b"c", b"d")]


def test_a_key_keeps_its_slot(slots: Slots) -> None:
    slot = add(slots, 3, b"cpu")
    add(slots, 3, b"mem")
    assert find(slots, 3, b"cpu") == slot
    assert slots.owner(slot) == (3, b"cpu")


def test_the_same_key_in_two_partitions_has_two_slots(slots: Slots) -> None:
    first, second = add(slots, 0, b"cpu"), add(slots, 1, b"cpu")
    assert first != second
    assert (find(slots, 0, b"cpu"), find(slots, 1, b"cpu"), find(slots, 2, b"cpu")) == (first, second, NO_SLOT)


def test_a_released_slot_is_given_to_the_next_key(slots: Slots) -> None:
    slot = add(slots, 0, b"old")
    release(slots, slot)
    assert find(slots, 0, b"old") == NO_SLOT
    assert add(slots, 0, b"new") == slot
    assert slots.capacity == 1
    assert (find(slots, 0, b"old"), find(slots, 0, b"new")) == (NO_SLOT, slot)


def test_partitions_that_left_give_their_slots_back(slots: Slots) -> None:
    kept, left = add(slots, 0, b"a"), add(slots, 1, b"a")
    assert slots.release_others({0}).tolist() == [left]
    assert len(slots) == 1
    assert slots.owner(kept) == (0, b"a")
    assert (find(slots, 0, b"a"), find(slots, 1, b"a")) == (kept, NO_SLOT)


def test_a_free_slot_has_no_owner(slots: Slots) -> None:
    slot = add(slots, 0, b"a")
    release(slots, slot)
    with pytest.raises(KeyError, match=f"slot {slot} is free"):
        slots.owner(slot)


def test_keys_that_come_and_go_are_found_as_in_a_dict(slots: Slots) -> None:
    random, expected = np.random.default_rng(7), dict[tuple[int, bytes], int]()
    for _ in range(300):
        partition = int(random.integers(3))
        keys = [b"%d" % n for n in np.unique(random.integers(400, size=40))]
        found = slots.find(partition, keys)
        assert found.tolist() == [expected.get((partition, key), NO_SLOT) for key in keys]
        new = [key for key, slot in zip(keys, found.tolist(), strict=True) if slot == NO_SLOT]
        taken = slots.add(partition, new).tolist()
        expected |= {(partition, key): slot for key, slot in zip(new, taken, strict=True)}
        gone = [owner for owner in expected if random.random() < 0.05]
        release(slots, *(expected.pop(owner) for owner in gone))
    in_order = sorted(expected, key=expected.__getitem__)
    assert list(zip(*slots.owners(slots.in_use()), strict=True)) == in_order


@pytest.mark.parametrize("n_hashes", [1, 5])
def test_keys_of_the_same_hash_are_told_apart(slots: Slots, monkeypatch: pytest.MonkeyPatch, n_hashes: int) -> None:
    monkeypatch.setattr(key_index, "_hashes", lambda keys: np.array([len(key) % n_hashes for key in keys], np.uint32))
    keys = [b"x" * n for n in range(1, 40)]
    taken = [add(slots, 0, key) for key in keys]
    release(slots, *taken[::3])
    held = {slot: slot for slot in taken} | dict.fromkeys(taken[::3], NO_SLOT)
    assert slots.find(0, keys).tolist() == [held[slot] for slot in taken]
