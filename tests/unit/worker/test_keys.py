"""Keys of a worker: restored, packed, evicted, handed over."""

from __future__ import annotations

from datetime import time

import numpy as np
import pytest

from stream.broker.rules import Rule
from stream.detection import RECORD, State
from stream.detection.maintenance import Once, Weekly
from stream.detection.treatment import Direction, Transform, Treatment
from stream.errors import StateError
from stream.formats.state_key import feature_key
from stream.worker.engine.store import StateRecord
from stream.worker.keys import Keys, source_offset
from stream.worker.rulebook import Rulebook


def make_keys(max_keys: int = 100) -> tuple[Keys, State]:
    state = State(4)
    return Keys(state, max_keys), state


def packed(key: bytes, offset: int, x0: float, partition: int = 0) -> StateRecord:
    state = State(1)
    slot = np.array([0])
    state.offset[0], state.x0[0] = offset, x0
    return StateRecord(partition, key, state.pack(slot).tobytes())


def test_a_restored_key_goes_on_where_it_was() -> None:
    keys, state = make_keys()
    keys.restore(packed(b"cpu", offset=41, x0=7.5))
    (slot,) = keys.find(0, [b"cpu"])
    assert (state.offset[slot], state.x0[slot]) == (41, 7.5)


def test_several_restored_and_new_keys_of_one_batch_get_their_own_state() -> None:
    keys, state = make_keys()
    for n, key in enumerate((b"a", b"b", b"c")):
        keys.restore(packed(key, offset=n, x0=float(n)))
    slots = keys.find(0, [b"c", b"new", b"a", b"c"])
    assert list(state.x0[slots]) == [2.0, 0.0, 0.0, 2.0]
    assert list(state.offset[slots]) == [2, -1, 0, 2]


def test_a_record_with_a_smaller_source_offset_never_wins() -> None:
    keys, _ = make_keys()
    keys.restore(packed(b"cpu", offset=41, x0=1.0))
    keys.restore(packed(b"cpu", offset=40, x0=2.0))
    keys.find(0, [b"cpu"])
    (record,) = keys.snapshot()
    assert record.value is not None
    assert source_offset(record.value) == 41


def test_a_key_in_memory_is_not_overwritten_by_its_own_changelog() -> None:
    keys, state = make_keys()
    (slot,) = keys.find(0, [b"cpu"])
    state.offset[slot] = 100
    keys.restore(packed(b"cpu", offset=90, x0=1.0))
    (again,) = keys.find(0, [b"cpu"])
    assert state.offset[again] == 100


def test_a_snapshot_holds_what_changed_since_the_last_one() -> None:
    keys, _ = make_keys()
    keys.find(0, [b"a", b"b"])
    assert {record.key for record in keys.snapshot()} == {b"a", b"b"}
    keys.find(0, [b"b"])
    assert [record.key for record in keys.snapshot()] == [b"b"]
    assert keys.snapshot() == []


def test_beyond_the_cap_the_idlest_key_is_forgotten_and_counted() -> None:
    keys, _ = make_keys(max_keys=2)
    for key in (b"a", b"b", b"a", b"c"):
        keys.find(0, [key])
    assert keys.n_evicted == 1
    assert len(keys) == 2
    assert StateRecord(0, b"b", None) in keys.snapshot()


def test_a_key_that_comes_back_before_the_snapshot_is_not_forgotten_in_the_changelog() -> None:
    keys, _ = make_keys(max_keys=1)
    for key in (b"a", b"b", b"a"):
        keys.find(0, [key])
    values = {record.key: record.value for record in keys.snapshot()}
    assert values[b"a"] is not None
    assert values[b"b"] is None


def test_a_forgotten_key_is_not_restored() -> None:
    keys, _ = make_keys()
    keys.restore(packed(b"a", offset=5, x0=1.0))
    keys.restore(StateRecord(0, b"a", None))
    assert len(keys) == 0


def test_keys_not_seen_since_the_start_are_forgotten_first() -> None:
    keys, _ = make_keys(max_keys=2)
    keys.restore(packed(b"silent", offset=5, x0=1.0))
    keys.find(0, [b"a"])
    keys.find(0, [b"b"])
    assert {record.key for record in keys.snapshot() if record.value is None} == {b"silent"}


def test_of_restored_keys_the_one_written_least_recently_is_forgotten_first() -> None:
    keys, _ = make_keys(max_keys=2)
    for offset, key in enumerate((b"a", b"b", b"a")):
        keys.restore(packed(key, offset=offset, x0=1.0))
    keys.find(0, [b"new"])
    assert {record.key for record in keys.snapshot() if record.value is None} == {b"b"}


def test_the_state_of_partitions_that_left_is_dropped() -> None:
    keys, state = make_keys()
    (slot,) = keys.find(1, [b"a"])
    state.x0[slot] = 5.0
    keys.restore(packed(b"b", offset=1, x0=1.0, partition=1))
    keys.keep_only({0})
    assert len(keys) == 0
    assert keys.snapshot() == []
    (slot,) = keys.find(1, [b"a"])
    assert state.x0[slot] == 0.0


def test_state_grows_with_the_keys() -> None:
    keys, state = make_keys(max_keys=10_000)
    names = [b"k%d" % n for n in range(3_000)]
    slots = keys.find(0, names)
    assert len(set(slots.tolist())) == 3_000
    assert state.capacity >= 3_000
    assert len(keys.snapshot()) == 3_000


def test_a_record_of_another_layout_is_refused_with_what_to_do() -> None:
    keys, _ = make_keys()
    with pytest.raises(StateError, match=rf"expected {RECORD.itemsize} bytes .* found 12; .* another app_id"):
        keys.restore(StateRecord(0, b"cpu", b"twelve bytes"))


def test_a_key_of_several_slots_is_packed_and_restored_as_one() -> None:
    state = State(4)
    keys = Keys(state, 100, n_slots=3, rulebook=Rulebook(features=("x", "y", "z")))
    (slot,) = keys.find(0, [b"cpu", b"mem"])[1:]
    state.x0[3 * slot : 3 * slot + 3] = 1.0, 2.0, 3.0
    state.offset[3 * slot] = 7
    record = next(record for record in keys.snapshot() if record.key == b"mem")
    assert record.value is not None
    assert len(record.value) == 3 * RECORD.itemsize
    other_state = State(1)
    other = Keys(other_state, 100, n_slots=3, rulebook=Rulebook(features=("x", "y", "z")))
    other.find(0, [b"someone else"])
    other.restore(record)
    (slot,) = other.find(0, [b"mem"])
    assert list(other_state.x0[3 * slot : 3 * slot + 3]) == [1.0, 2.0, 3.0]
    assert source_offset(record.value) == 7


def test_keys_of_several_slots_have_room_however_many_come() -> None:
    state = State(2)
    keys = Keys(state, 50, n_slots=3, rulebook=Rulebook(features=("x", "y", "z")))
    slots = keys.find(0, [f"series-{n}".encode() for n in range(50)])
    assert sorted(slots) == list(range(50))
    assert state.capacity >= 150


RATES = (Rule(match="*_total", transform="rate"),)


def with_rules(*rules: Rule, features: tuple[str, ...] = ()) -> tuple[Keys, State]:
    state = State(4)
    return Keys(state, 100, len(features) or 1, Rulebook(rules, features)), state


def transforms(keys: Keys, state: State, *names: bytes) -> list[int]:
    """Admit keys and tell what the rules made of each of their slots."""
    slots = keys.find(0, list(names))
    return [int(transform) for transform in state.treatments.transform[state.treatment[slots]]]


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
    before = State(1)
    before.offset[0], before.t[0], before.episode_start_ms[0] = 41, 500, 7
    keys.restore(StateRecord(0, b"hits_total", before.pack(np.array([0])).tobytes()))
    keys.restore(StateRecord(0, b"cpu", before.pack(np.array([0])).tobytes()))
    changed, same = keys.find(0, [b"hits_total", b"cpu"])
    assert (state.t[changed], state.offset[changed], state.episode_start_ms[changed]) == (0, 41, 7)
    assert state.t[same] == 500


def test_the_rules_in_force_are_those_of_the_settings_and_not_of_the_record() -> None:
    keys, _ = with_rules(*RATES)
    keys.find(0, [b"hits_total"])
    (record,) = keys.snapshot()
    without, state = with_rules()
    without.restore(record)
    assert transforms(without, state, b"hits_total") == [Transform.NONE]


def test_each_field_is_decided_by_the_first_rule_that_gives_it() -> None:
    window = {"days": ["sun", "sat", "sat"], "from": "23:30", "to": "01:00", "zone": "Europe/Berlin"}
    once = {"from": "2026-11-28T22:00:00+01:00", "to": "2026-11-28T23:00:00+01:00"}
    rules = (
        Rule(match="shop", direction="below", min_deviation=0.0),
        Rule.model_validate({"match": "s*", "min_deviation": 5, "silent_after": 20, "maintenance": [window, once]}),
        Rule(match="*", min_deviation_share=0.2),
    )
    (treatment,) = Rulebook(rules).treatments(b"shop")
    assert treatment == Treatment(
        min_deviation=0.0,
        min_deviation_share=0.2,
        direction=Direction.BELOW,
        silent_after=20.0,
        maintenance=(
            Weekly((5, 6), time(23, 30), time(1), "Europe/Berlin"),
            Once(1_795_899_600_000, 1_795_903_200_000),
        ),
    )
