"""Keys of a worker: restored, packed, evicted, handed over."""

from __future__ import annotations

from datetime import time

import numpy as np
import pytest

from stream.detection.policy.maintenance import OneOffWindow, WeeklyWindow
from stream.detection.policy.policy import Direction, SeriesPolicy, Transform
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.record import RECORD, blank
from stream.errors import StateError
from stream.formats.state.envelope import N_BYTES, seal
from stream.formats.state.key import feature_key
from stream.settings.rules import Rule
from stream.worker.engine.store import StateRecord
from stream.worker.keys.key_table import NO_SLOT, KeyTable
from stream.worker.keys.policies import PolicyResolver, resolved
from stream.worker.keys.rule_set import RuleSet
from stream.worker.recovery import RESTORED_AT_ONCE, Recovery, place_of_offset, source_offset

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
    assert keys.snapshot() == []


def test_at_the_cap_a_newcomer_waits_and_nobody_is_forgotten() -> None:
    keys = Worker(max_keys=2).keys
    slots = keys.find(0, [b"a", b"b", b"c", b"a", b"d"])
    assert (slots == NO_SLOT).tolist() == [False, False, True, False, True]
    assert {record.key for record in keys.snapshot() if record.value is not None} == {b"a", b"b"}
    assert keys.snapshot() == []


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
    assert worker.keys.snapshot() == []
    (slot,) = worker.keys.find(1, [b"a"])
    assert worker.state.x0[slot] == 0.0


def test_state_grows_with_the_keys() -> None:
    worker = Worker(max_keys=10_000)
    slots = worker.keys.find(0, [b"k%d" % n for n in range(3_000)])
    assert len(set(slots.tolist())) == 3_000
    assert worker.state.capacity >= 3_000
    assert len(worker.keys.snapshot()) == 3_000


@pytest.mark.parametrize("value", [b"", b"twelve bytes"])
def test_a_record_of_another_length_is_refused_with_what_to_do(value: bytes) -> None:
    expected = rf"expected {RECORD.itemsize + N_BYTES} bytes .* found {len(value)} .* state migrate.* another app_id"
    worker = Worker()
    worker.restore(StateRecord(0, b"cpu", value))
    with pytest.raises(StateError, match=expected):
        worker.recovery.restored()


def of_another_version(key: bytes) -> StateRecord:
    state = DetectorState(1)
    state.version[0] += 1
    return StateRecord(0, key, seal(key, state.pack(np.array([0])).tobytes(), MARK))


def test_a_record_of_another_version_is_refused() -> None:
    worker = Worker()
    worker.restore(packed(b"mem", offset=4, x0=1.0), of_another_version(b"cpu"), packed(b"disk", offset=4, x0=1.0))
    with pytest.raises(StateError, match=r"1 state records .*'cpu'.* another version of streamgauge"):
        worker.recovery.restored()


@pytest.mark.parametrize("later", [packed(b"cpu", offset=4, x0=1.0), StateRecord(0, b"cpu", None)])
@pytest.mark.parametrize("together", [True, False])
def test_a_record_of_another_version_is_left_out_once_one_of_ours_or_a_tombstone_follows(
    later: StateRecord, together: bool
) -> None:
    worker = Worker()
    batch = [of_another_version(b"cpu"), StateRecord(0, b"cpu", b"eleven byte"), packed(b"mem", offset=4, x0=2.0)]
    for records in ([*batch, later],) if together else (batch, [later]):
        worker.restore(*records)
    worker.recovery.restored()
    slots = worker.keys.find(0, [b"cpu", b"mem"])
    assert worker.state.offset[slots].tolist() == [-1 if later.value is None else 4, 4]


def test_a_record_of_another_version_of_a_partition_that_left_refuses_nothing() -> None:
    worker = Worker()
    worker.restore(of_another_version(b"cpu"))
    worker.recovery.keep_only({1})
    worker.recovery.restored()


OFFSET, OFFSET_HIGH = place_of_offset(RECORD), place_of_offset(RECORD) + 3
MARK_AT, CHECKSUM = RECORD.itemsize + 1, RECORD.itemsize + 5
VERSION = int(RECORD.fields["version"][1]) if RECORD.fields else 0


def flipped(record: StateRecord, place: int) -> StateRecord:
    value = bytearray(record.value or b"")
    value[place] ^= 4
    return record._replace(value=bytes(value))


@pytest.mark.parametrize("place", [0, 700, OFFSET, OFFSET_HIGH, VERSION, MARK_AT, CHECKSUM])
@pytest.mark.parametrize("together", [True, False])
def test_a_flipped_bit_anywhere_in_the_newest_record_is_found_and_its_key_starts_afresh(
    place: int, together: bool
) -> None:
    worker = Worker()
    records = [packed(b"good", 4, 1.0), packed(b"cpu", 4, 1.0), flipped(packed(b"cpu", 5, 2.0), place)]
    for batch in [records] if together else [[record] for record in records]:
        worker.restore(*batch)
    worker.recovery.restored()
    assert worker.damaged == [b"cpu"]
    good, afresh = worker.keys.find(0, [b"good", b"cpu"])
    assert (worker.state.offset[good], worker.state.offset[afresh]) == (4, -1)


@pytest.mark.parametrize("place", [0, 700, OFFSET, OFFSET_HIGH, VERSION, MARK_AT, CHECKSUM])
def test_a_flipped_bit_in_a_record_that_was_replaced_costs_nothing(place: int) -> None:
    worker = Worker()
    worker.restore(flipped(packed(b"cpu", 5, 1.0), place), packed(b"cpu", 6, 2.0))
    worker.recovery.restored()
    (slot,) = worker.keys.find(0, [b"cpu"])
    assert (worker.state.offset[slot], worker.state.x0[slot]) == (6, 2.0)


def test_a_damaged_record_that_a_tombstone_follows_is_not_told() -> None:
    worker = Worker()
    worker.restore(flipped(packed(b"cpu", 5, 1.0), 700), StateRecord(0, b"cpu", None), packed(b"mem", 6, 2.0))
    worker.recovery.restored()
    assert worker.damaged == []
    assert len(worker.keys) == 1


def test_a_key_that_is_awake_is_not_checked_against_a_record_it_has_left_behind() -> None:
    worker = Worker()
    worker.restore(packed(b"cpu", 5, 1.0))
    worker.recovery.restored()
    (slot,) = worker.keys.find(0, [b"cpu"])
    worker.state.x0[slot] = 9.0
    worker.restore(packed(b"cpu", 6, 2.0))
    worker.recovery.restored()
    assert worker.damaged == []
    assert worker.state.x0[slot] == 9.0


def test_a_damaged_record_of_a_second_recovery_is_found_too() -> None:
    worker = Worker()
    worker.restore(packed(b"cpu", 5, 1.0))
    worker.recovery.restored()
    worker.restore(flipped(packed(b"cpu", 6, 2.0), 700))
    worker.recovery.restored()
    assert worker.damaged == [b"cpu"]


def test_a_record_under_the_key_of_another_is_damaged() -> None:
    worker = Worker()
    worker.restore(StateRecord(0, b"mem", packed(b"cpu", offset=5, x0=2.0).value))
    worker.recovery.restored()
    assert worker.damaged == [b"mem"]


def test_records_and_tombstones_of_one_batch_are_applied_in_their_order() -> None:
    worker = Worker()
    worker.restore(
        *(packed(b"a", 1, 1.0), StateRecord(0, b"a", None), packed(b"b", 2, 1.0), packed(b"b", 3, 2.0)),
        *(StateRecord(0, b"c", None), packed(b"c", 4, 3.0), packed(b"d", 5, 1.0), StateRecord(0, b"d", None)),
        packed(b"d", 6, 4.0),
    )
    worker.recovery.restored()
    assert len(worker.keys) == 3
    slots = worker.keys.find(0, [b"b", b"c", b"d"])
    assert worker.state.offset[slots].tolist() == [3, 4, 6]
    assert worker.state.x0[slots].tolist() == [2.0, 3.0, 4.0]


@pytest.mark.parametrize("n_history", [0, 5])
@pytest.mark.parametrize("n_slots", [1, 3])
def test_whatever_bytes_a_record_has_its_checksum_fits_what_was_restored_of_it(n_history: int, n_slots: int) -> None:
    state, damaged = DetectorState(n_slots, n_history, model=9), list[bytes]()
    written = state.pack(np.arange(n_slots))
    noise = np.random.default_rng(1).integers(0, 256, written.nbytes, np.uint8).view(written.dtype)
    for name in ("version", "offset", "model")[: 3 if n_history else 2]:
        noise[name] = written[name]
    keys = KeyTable(state, 10, n_slots, mark=MARK)
    recovery = Recovery(keys, state, n_slots, MARK, lambda _, key: damaged.append(key))
    recovery.restore(0, [StateRecord(0, b"cpu", seal(b"cpu", noise.tobytes(), MARK))])
    recovery.restored()
    assert damaged == []
    assert state.pack(np.arange(n_slots)).tobytes() == noise.tobytes()


def test_more_records_than_are_restored_at_once_all_come_back() -> None:
    worker = Worker(max_keys=1_000)
    n = RESTORED_AT_ONCE + 1
    worker.restore(*(packed(b"%d" % each, offset=each, x0=1.0) for each in range(n)))
    worker.recovery.restored()
    assert worker.state.offset[worker.keys.find(0, [b"%d" % each for each in range(n)])].tolist() == list(range(n))


def test_an_offset_of_another_topic_is_forgotten_and_what_was_learned_is_kept() -> None:
    worker = Worker()
    worker.restore(packed(b"cpu", offset=7_000, x0=2.0, mark=MARK + 1))
    (slot,) = worker.keys.find(0, [b"cpu"])
    assert worker.state.offset[slot] < 0
    assert worker.state.x0[slot] == 2.0


@pytest.mark.parametrize("late", [True, False])
def test_a_record_of_the_topic_that_is_read_wins_over_one_of_another(late: bool) -> None:
    worker = Worker()
    ours, foreign = packed(b"cpu", offset=3, x0=1.0), packed(b"cpu", offset=7_000, x0=2.0, mark=MARK + 1)
    worker.restore(*((ours, foreign) if late else (foreign, ours)))
    (slot,) = worker.keys.find(0, [b"cpu"])
    assert (worker.state.offset[slot], worker.state.x0[slot]) == (3, 1.0)


def restore(keys: KeyTable, state: DetectorState, *records: StateRecord) -> None:
    """Bring records back that are as they were written."""
    recovery = Recovery(keys, state, keys.n_slots, 0, lambda _, key: pytest.fail(f"{key!r} is damaged"))
    recovery.restore(0, records)
    recovery.restored()


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


RATES = (Rule(match="*_total", transform="rate"),)


def with_rules(*rules: Rule, features: tuple[str, ...] = ()) -> tuple[KeyTable, DetectorState]:
    state = DetectorState(4)
    policies = PolicyResolver(features)
    policies.set_rules(0, RuleSet(rules))
    return KeyTable(state, 100, len(features) or 1, policies), state


def transforms(keys: KeyTable, state: DetectorState, *names: bytes) -> list[int]:
    """Admit keys and tell what the rules made of each of their slots."""
    slots = keys.find(0, list(names))
    return [int(transform) for transform in state.series_policies.transform[state.series_policy[slots]]]


def test_a_key_is_treated_as_the_rules_say_when_it_is_admitted() -> None:
    keys, state = with_rules(*RATES)
    assert transforms(keys, state, b"hits_total", b"cpu") == [Transform.RATE, Transform.NONE]


def test_the_first_rule_that_gives_a_field_decides_it() -> None:
    keys, state = with_rules(Rule(match="a*"), Rule(match="ab*", transform="none"), Rule(match="*", transform="log"))
    assert transforms(keys, state, b"ab", b"ac", b"b") == [Transform.NONE, Transform.LOG, Transform.LOG]


def test_features_have_rules_of_their_own_in_a_key_each_or_in_slots_of_one_key() -> None:
    rule = Rule(match="host", feature="hits", transform="rate")
    keys, state = with_rules(rule)
    assert transforms(keys, state, feature_key(b"host", "hits"), feature_key(b"host", "cpu")) == [1, 0]
    keys, state = with_rules(rule, features=("cpu", "hits"))
    (slot,) = keys.find(0, [b"host"])
    assert state.transform[2 * slot : 2 * slot + 2].tolist() == [Transform.NONE, Transform.RATE]


def test_a_key_that_comes_back_under_another_transform_begins_anew_but_knows_its_offset_and_its_episode() -> None:
    keys, state = with_rules(*RATES)
    before = DetectorState(1)
    before.offset[0], before.t[0], before.episode_start_ms[0] = 41, 500, 7
    value = before.pack(np.array([0])).tobytes()
    restore(keys, state, *(StateRecord(0, key, seal(key, value, 0)) for key in (b"hits_total", b"cpu")))
    changed, same = keys.find(0, [b"hits_total", b"cpu"])
    assert (state.t[changed], state.offset[changed], state.episode_start_ms[changed]) == (0, 41, 7)
    assert state.t[same] == 500


def test_the_rules_in_force_are_those_of_the_settings_and_not_of_the_record() -> None:
    keys, _ = with_rules(*RATES)
    keys.find(0, [b"hits_total"])
    (record,) = keys.snapshot()
    without, state = with_rules()
    restore(without, state, record)
    assert transforms(without, state, b"hits_total") == [Transform.NONE]


def test_each_field_is_decided_by_the_first_rule_that_gives_it() -> None:
    window = {"days": ["sun", "sat", "sat"], "from": "23:30", "to": "01:00", "zone": "Europe/Berlin"}
    once = {"from": "2026-11-28T22:00:00+01:00", "to": "2026-11-28T23:00:00+01:00"}
    rules = (
        Rule(match="shop", direction="below", min_deviation=0.0),
        Rule.model_validate({"match": "s*", "min_deviation": 5, "silent_after": 20, "maintenance": [window, once]}),
        Rule(match="*", min_deviation_share=0.2),
    )
    assert resolved(RuleSet(rules), "shop", None) == SeriesPolicy(
        min_deviation=0.0,
        min_deviation_share=0.2,
        direction=Direction.BELOW,
        silent_after=20.0,
        maintenance=(
            WeeklyWindow((5, 6), time(23, 30), time(1), "Europe/Berlin"),
            OneOffWindow(1_795_899_600_000, 1_795_903_200_000),
        ),
    )
