"""Key table: slots, activity, and changes to checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Bool, Int64, Records
from stream.detection.state.key_state import KeyState
from stream.worker.engine.snapshot import Snapshot
from stream.worker.engine.store import StateRecord
from stream.worker.keys.key_index import NO_SLOT
from stream.worker.keys.key_rows import GROWTH_KEYS, RESTORED_KEYS, KeyRows
from stream.worker.keys.owners import Owner, with_room
from stream.worker.keys.policies import PolicyResolver
from stream.worker.keys.rule_set import RuleSet
from stream.worker.keys.slots import Slots


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
        """Return each key's slot, admitting new ones if possible, or `NO_SLOT`.

        All that are found count as changed.
        """
        slots = self._slots.find(partition, keys)
        is_new = slots == NO_SLOT
        if is_new.any():
            new = list(dict.fromkeys(compress(keys, is_new)))
            admitted = new[: max(0, self.max_keys - len(self))]
            self._admit(partition, admitted)
            self._arrivals += admitted
            slots = self._slots.find(partition, keys)
        found = slots[slots != NO_SLOT]
        asleep = found[self._asleep[found]]
        if len(asleep):
            hydrated = np.unique(asleep)
            self._hydrate(hydrated)
            self._arrivals += self._slots.owners(hydrated)[1]
        self._changed[found] = True
        return slots

    def arrivals(self) -> list[bytes]:
        """Return the keys whose first message has been looked up since the last call."""
        arrivals, self._arrivals = self._arrivals, []
        return arrivals

    def partitions_of(self, keys: list[bytes]) -> list[list[int]]:
        """Name the partitions in which each key has sent something, or was woken."""
        partitions = self._slots.partitions()
        hydrated = [self.are_hydrated(partition, keys).tolist() for partition in partitions]
        return [list(compress(partitions, of_key)) for of_key in zip(*hydrated, strict=True)]

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
        owners = zip(*self._slots.owners(slots), strict=True)
        policies = [policy for owner in owners for policy in self._policies.resolve(*owner)]
        reset = self._state.set_policies(self._rows.of(slots), policies)
        self._changed[reset // self.n_slots] = True

    def forget(self, slots: Int64) -> None:
        """Forget these keys, in the changelog too."""
        self._tombstones.update(zip(*self._slots.owners(slots), strict=True))
        self._release(slots)

    def _release(self, slots: Int64) -> None:
        self._slots.release(slots)
        self._changed[slots] = False
        self._asleep[slots] = False

    def held(self, partition: int, keys: list[bytes]) -> Int64:
        """Return each key's slot, or `NO_SLOT`; admit none."""
        return self._slots.find(partition, keys)

    def are_behind(self, slots: Int64, offsets: Int64) -> Bool:
        """Check which keys are not hydrated, and hold no more than these offsets.

        A key that is not held is behind every offset.
        """
        is_held = slots != NO_SLOT
        held = slots[is_held]
        are_behind: Bool = ~is_held
        are_behind[is_held] = self._asleep[held] & (self._rows.offsets(held) <= offsets[is_held])
        return are_behind

    def are_hydrated(self, partition: int, keys: list[bytes]) -> Bool:
        """Check which keys are hydrated."""
        slots = self.held(partition, keys)
        hydrated: Bool = slots != NO_SLOT
        hydrated[hydrated] = ~self._asleep[slots[hydrated]]
        return hydrated

    def put(self, partition: int, keys: list[bytes], slots: Int64, records: Records, offsets: Int64) -> Int64:
        """Store the packed records of restored keys; return their slots.

        Parameters
        ----------
        slots : int64, shape (keys,)
            As `held` gives them.
        records : structured array, shape (keys, slots of a key)
        offsets : int64, shape (keys,)
            Their source offsets.
        """
        is_new = slots == NO_SLOT
        if is_new.any():
            slots = slots.copy()
            slots[is_new] = self._take_slots(partition, list(compress(keys, is_new)), RESTORED_KEYS)
        self._rows.restore(slots, records, offsets)
        self._asleep[slots] = True
        return slots

    def restored(self) -> None:
        """Note that all restored keys have been put."""
        self._rows.give_back(self._slots.capacity)

    def asleep(self, partition: int, keys: list[bytes]) -> Int64:
        """Return the slots of those restored keys that are held and not hydrated."""
        slots = self.held(partition, keys)
        return self.only_asleep(slots[slots != NO_SLOT])

    def only_asleep(self, slots: Int64) -> Int64:
        """Return those of the slots whose keys are held and not hydrated."""
        asleep: Int64 = slots[self._asleep[slots]]
        return asleep

    def drop(self, partition: int, keys: list[bytes]) -> None:
        """Drop those restored keys that are not hydrated."""
        self._release(np.unique(self.asleep(partition, keys)))

    def _take_slots(self, partition: int, keys: list[bytes], growth: int = GROWTH_KEYS) -> Int64:
        slots = self._slots.add(partition, keys)
        self._rows.make_room(self._slots.capacity, growth)
        self._asleep = with_room(self._asleep, self._rows.capacity)
        self._changed = with_room(self._changed, self._rows.capacity)
        return slots

    def snapshot(self, ahead: Sequence[StateRecord] = ()) -> Snapshot:
        """Pack changed keys, behind other records; dropped ones are tombstones."""
        slots = np.flatnonzero(self._changed)
        self._changed[slots] = False
        forgotten, self._tombstones = self._tombstones, set()
        tombstones = [StateRecord(partition, key, None) for partition, key in forgotten]
        partitions, keys = self._slots.owners(slots)
        return Snapshot([*ahead, *tombstones], partitions, keys, self._rows.sealed(keys, slots))

    def checksums(self, slots: Int64) -> NDArray[np.uint32]:
        """Return what the records of these keys would be sealed with."""
        checksums: NDArray[np.uint32] = self._rows.sealed(self._slots.owners(slots)[1], slots)["checksum"]
        return checksums

    def keep_only(self, partitions: set[int]) -> None:
        """Drop everything of the other partitions."""
        left = self._slots.release_others(partitions)
        self._changed[left] = False
        self._asleep[left] = False
        self._tombstones = {(partition, key) for partition, key in self._tombstones if partition in partitions}
