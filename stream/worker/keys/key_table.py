"""Key table: slots, activity, and changes to checkpoint."""

from __future__ import annotations

from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Bool, Int64, Records
from stream.detection.state.key_state import KeyState
from stream.worker.engine.store import StateRecord
from stream.worker.keys.key_rows import KeyRows
from stream.worker.keys.policies import PolicyResolver
from stream.worker.keys.rule_set import RuleSet
from stream.worker.keys.slots import Owner, Slots

NO_SLOT = -1
"""Slot of a key that has none, as there is no room for it."""


class KeyTable:
    """Finds, admits, drops and packs the keys of our partitions.

    A key that came back from the changelog is in the state at once, and asleep until its first message, or until it is
    woken: only then the rules are asked how it is treated.

    Parameters
    ----------
    state : KeyState
        Grown as keys come.
    max_keys : int
        Keys from which on no new one is admitted. Those that come back from the changelog always are.
    n_slots : int
        Slots of the state that a key takes; see `KeyRows`.
    policies : PolicyResolver, optional
        Says how a key is treated; without one no rule is set.
    mark : int
        Which topic the offsets are of: see `TopicIdentity.mark`.
    """

    def __init__(
        self, state: KeyState, max_keys: int, n_slots: int = 1, policies: PolicyResolver | None = None, mark: int = 0
    ) -> None:
        self.max_keys = max_keys
        self._policies = policies or PolicyResolver()
        self._state = state
        self.n_slots = n_slots
        self._slots = Slots()
        self._rows = KeyRows(state, n_slots, max_keys, mark)
        self._asleep = np.zeros(self._rows.capacity, np.bool_)
        self._changed = np.zeros(self._rows.capacity, np.bool_)
        self._tombstones: set[tuple[int, bytes]] = set()
        self._arrivals: list[bytes] = []

    def __len__(self) -> int:
        """Count the keys held."""
        return len(self._slots)

    @property
    def capacity(self) -> int:
        """Slots that there is room for."""
        return len(self._asleep)

    def find(self, partition: int, keys: list[bytes]) -> Int64:
        """Return each key's slot, admitting new ones if possible.

        All that are found count as changed.
        """
        index = self._slots.of_partition(partition)
        slots = self._look_up(partition, keys)
        if (slots == NO_SLOT).any():
            new = list(dict.fromkeys(key for key in keys if key not in index))
            admitted = new[: max(0, self.max_keys - len(self))]
            self._admit(partition, admitted)
            self._arrivals += admitted
            slots = self._look_up(partition, keys)
        found = slots[slots != NO_SLOT]
        asleep = found[self._asleep[found]]
        if len(asleep):
            hydrated = np.unique(asleep)
            self._hydrate(hydrated)
            self._arrivals += map(self.name, hydrated.tolist())
        self._changed[found] = True
        return slots

    def arrivals(self) -> list[bytes]:
        """Return the keys whose first message has been looked up since the last call."""
        arrivals, self._arrivals = self._arrivals, []
        return arrivals

    def partitions_of(self, key: bytes) -> list[int]:
        """Name the partitions in which a key has sent something, or was woken."""
        return [partition for partition in self._slots.partitions() if self.is_hydrated(partition, key)]

    def _look_up(self, partition: int, keys: list[bytes]) -> Int64:
        index = self._slots.of_partition(partition)
        return np.fromiter(map(index.get, keys, repeat(NO_SLOT)), np.int64, len(keys))

    def _admit(self, partition: int, keys: list[bytes]) -> None:
        slots = self._take_slots(partition, keys)
        self._state.reset(self._rows.of(slots))
        self._hydrate(slots)
        self._tombstones.difference_update((partition, key) for key in keys)

    def slots_of(self, partition: int) -> Int64:
        """Return the slots of a partition's hydrated keys."""
        slots = self._slots.slots_of(partition)
        hydrated: Int64 = slots[~self._asleep[slots]]
        return hydrated

    def held_state_slots(self) -> Int64:
        """Return the state's slots of all keys, hydrated or not."""
        return self._rows.of(self._slots.in_use())

    def name(self, slot: int) -> bytes:
        """Return the key of a slot."""
        return self.owner(slot).key

    def owner(self, slot: int) -> Owner:
        """Return the key of a slot, and its partition."""
        return self._slots.owner(slot)

    def mark_changed(self, slots: Int64) -> None:
        """Let these keys count as changed."""
        self._changed[slots] = True

    def hydrate(self, partition: int, n: int) -> Int64:
        """Hydrate up to `n` restored keys that sent nothing yet."""
        slots = self._slots.slots_of(partition)
        hydrated: Int64 = slots[self._asleep[slots]][:n]
        self._hydrate(hydrated)
        return hydrated

    def _hydrate(self, slots: Int64) -> None:
        self._set_policies(slots)
        self._asleep[slots] = False

    def change_rules(self, partition: int, rules: RuleSet) -> None:
        """Let other rules decide on a partition's keys from now on.

        Those that are asleep go through both, as if they had been awake.
        """
        slots = self._slots.slots_of(partition)
        self._set_policies(slots[self._asleep[slots]])
        self._policies.set_rules(partition, rules)
        self._set_policies(slots)

    def _set_policies(self, slots: Int64) -> None:
        """Ask the rules about these keys; one that begins anew by that counts as changed."""
        owners = map(self._slots.owner, slots.tolist())
        policies = [policy for owner in owners for policy in self._policies.resolve(*owner)]
        reset = self._state.set_policies(self._rows.of(slots), policies)
        self._changed[reset // self.n_slots] = True

    def forget(self, slots: Int64) -> None:
        """Forget these keys, in the changelog too."""
        for slot in slots.tolist():
            self._tombstones.add(self._slots.owner(slot))
        self._release(slots)

    def _release(self, slots: Int64) -> None:
        for slot in slots.tolist():
            self._slots.release(slot)
        self._changed[slots] = False
        self._asleep[slots] = False

    def is_behind(self, partition: int, keys: list[bytes], offsets: Int64) -> Bool:
        """Check which keys are not hydrated, and hold no more than these offsets.

        A key that is not held is behind every offset.
        """
        slots = self._look_up(partition, keys)
        is_held = slots != NO_SLOT
        held = slots[is_held]
        is_behind = np.ones(len(keys), np.bool_)
        is_behind[is_held] = self._asleep[held] & (self._rows.offsets(held) <= offsets[is_held])
        return is_behind

    def is_hydrated(self, partition: int, key: bytes) -> bool:
        """Check whether a key is hydrated."""
        slot = self._slots.of_partition(partition).get(key)
        return slot is not None and not self._asleep[slot]

    def put(self, partition: int, keys: list[bytes], records: Records, offsets: Int64) -> Int64:
        """Store the packed records of restored keys; return their slots.

        Parameters
        ----------
        records : structured array, shape (keys, slots of a key)
        offsets : int64, shape (keys,)
            Their source offsets.
        """
        index = self._slots.of_partition(partition)
        self._take_slots(partition, [key for key in keys if key not in index])
        slots = self._look_up(partition, keys)
        self._rows.restore(slots, records, offsets)
        self._asleep[slots] = True
        return slots

    def asleep(self, partition: int, key: bytes) -> Int64:
        """Return the slot of a restored key that is not hydrated, if it is held."""
        slots = self._look_up(partition, [key])
        return self.only_asleep(slots[slots != NO_SLOT])

    def only_asleep(self, slots: Int64) -> Int64:
        """Return those of the slots whose keys are held and not hydrated."""
        asleep: Int64 = slots[self._asleep[slots]]
        return asleep

    def drop(self, partition: int, key: bytes) -> None:
        """Drop a restored key that is not hydrated."""
        self._release(self.asleep(partition, key))

    def _take_slots(self, partition: int, keys: list[bytes]) -> Int64:
        slots = self._slots.add(partition, keys)
        self._grow(self._slots.capacity)
        return slots

    def _grow(self, n_keys: int) -> None:
        self._rows.make_room(n_keys)
        self._asleep = _longer(self._asleep, self._rows.capacity)
        self._changed = _longer(self._changed, self._rows.capacity)

    def snapshot(self) -> list[StateRecord]:
        """Pack changed keys; dropped ones as None."""
        slots = np.flatnonzero(self._changed)
        self._changed[slots] = False
        partitions, keys = self._slots.owners(slots)
        values = self._rows.sealed(keys, slots)
        forgotten, self._tombstones = self._tombstones, set()
        return [StateRecord(partition, key, None) for partition, key in forgotten] + list(
            map(StateRecord, partitions, keys, values)
        )

    def checksums(self, slots: Int64) -> NDArray[np.uint32]:
        """Return what the records of these keys would be sealed with."""
        return self._rows.checksums(self._slots.owners(slots)[1], slots)

    def keep_only(self, partitions: set[int]) -> None:
        """Drop everything of the other partitions."""
        left = self._slots.release_others(partitions)
        self._changed[left] = False
        self._asleep[left] = False
        self._tombstones = {(partition, key) for partition, key in self._tombstones if partition in partitions}


def _longer(flags: Bool, n: int) -> Bool:
    return flags if len(flags) >= n else np.concatenate([flags, np.zeros(n - len(flags), np.bool_)])
