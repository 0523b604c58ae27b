"""Repartition: each series' state lies in one partition afterwards, wherever the command was interrupted."""

from __future__ import annotations

import numpy as np
import pytest

from stream.changelog.division import Division
from stream.changelog.inventory import StateInventory
from stream.changelog.layouts.known import KnownLayouts
from stream.changelog.layouts.layout import StateLayout
from stream.changelog.repartition import Repartition, RepartitionPlan
from stream.detection.state import record
from stream.errors import StateError
from stream.formats.state.envelope import is_intact, mark_of, seal
from stream.formats.state.key import feature_key
from stream.formats.state.rules import RULES_KEY, open_rules, seal_rules
from stream.kafka.partitioner import partition_of
from stream.kafka.topics.identity import IDENTITY_KEY, TopicIdentity
from stream.worker.engine.store import StateRecord
from stream.worker.origin import Origin
from tests.unit.changelog.memory import Changelog

BEFORE, AFTER = 3, 5
SOURCE = TopicIdentity("cluster", "metrics", "id", AFTER)
PRESENT = StateLayout(record.blank())
LAYOUTS = KnownLayouts(PRESENT, ())
KEYS = [b"host-%d" % n for n in range(12)] + [feature_key(b"host-0", "cpu"), feature_key(b"host-1", "mem")]


def value(key: bytes, *, partition: int, offset: int = 100, timestamp_s: float = 60.0, x0: float = 1.0) -> bytes:
    slots = np.array([record.blank()])
    slots["partition"], slots["offset"], slots["timestamp_s"], slots["x0"] = partition, offset, timestamp_s, x0
    return seal(key, slots.tobytes(), SOURCE.mark)


def home(key: bytes, n_partitions: int) -> int:
    return partition_of(key.partition(b"\xff")[0], n_partitions)


def learned() -> Changelog:
    """Return a changelog of three partitions."""
    changelog = Changelog()
    for partition in range(BEFORE):
        changelog.append(IDENTITY_KEY, TopicIdentity("cluster", "metrics", "id", BEFORE).encode(), partition)
        changelog.append(RULES_KEY, seal_rules(SOURCE.mark, 7, b"rules"), partition)
    for n, key in enumerate(KEYS):
        partition = home(key, BEFORE)
        changelog.append(key, value(key, partition=partition, x0=float(n)), partition)
    return changelog


def inventory(changelog: Changelog) -> StateInventory:
    made = StateInventory(LAYOUTS, SOURCE.mark)
    for each in changelog.records:
        made.add(each)
    return made


def repartition(changelog: Changelog) -> RepartitionPlan:
    found = inventory(changelog)
    plan = RepartitionPlan.of(found, Division(BEFORE, AFTER))
    steps = Repartition(plan, PRESENT, SOURCE, changelog.writer())
    steps.label(BEFORE, range(AFTER))
    steps.move(list(changelog.records))
    steps.write_rules(found)
    steps.label(AFTER, range(AFTER))
    return plan


def test_every_key_lies_where_its_series_arrives_now_and_nowhere_else() -> None:
    changelog = learned()
    plan = repartition(changelog)
    found = inventory(changelog)
    assert sorted(found.keys) == sorted((home(key, AFTER), key) for key in KEYS)
    assert (len(plan.moves) + plan.n_staying, plan.n_misplaced) == (len(KEYS), 0)
    assert 0 < len(plan.moves) < len(KEYS)


def test_what_was_learned_is_kept_and_offsets_of_the_old_partition_are_not() -> None:
    changelog = learned()
    plan = repartition(changelog)
    last = {each.key: each for each in changelog.records if each.key in KEYS and each.value is not None}
    for n, key in enumerate(KEYS):
        kept = last[key].value or b""
        slot = PRESENT.slots(kept)[0]
        assert is_intact(key, kept)
        assert (slot["x0"], slot["timestamp_s"], mark_of(kept)) == (n, 60, SOURCE.mark)
        is_moved = (home(key, BEFORE), key) in plan.moves
        assert (slot["partition"], slot["offset"]) == ((-1, -1) if is_moved else (home(key, BEFORE), 100))


@pytest.mark.parametrize("n_taken", range(40))
def test_wherever_it_is_interrupted_workers_are_refused_and_the_next_run_completes_it(n_taken: int) -> None:
    whole, changelog = learned(), learned()
    repartition(whole)
    changelog.n_taken = n_taken
    try:
        repartition(changelog)
    except ConnectionError:
        origin = Origin(SOURCE)
        for each in changelog.records:
            if each.key == IDENTITY_KEY:
                origin.restore(StateRecord(each.partition, each.key, each.value))
        with pytest.raises(StateError, match="streamgauge state repartition"):
            origin.restored()
    changelog.n_taken = 1_000
    repartition(changelog)
    expected, found = inventory(whole), inventory(changelog)
    assert {place: each.age for place, each in found.keys.items()} == {
        place: each.age for place, each in expected.keys.items()
    }
    assert found.partition_records == expected.partition_records


def test_new_partitions_get_topic_and_rules() -> None:
    changelog = learned()
    repartition(changelog)
    records = inventory(changelog).partition_records
    for partition in range(AFTER):
        assert TopicIdentity.decode(records[partition, IDENTITY_KEY]) == SOURCE
        assert open_rules(records[partition, RULES_KEY])[2] == b"rules"


@pytest.mark.parametrize(("older", "expected"), [(30.0, 1.0), (90.0, 2.0)])
def test_of_a_series_that_was_in_two_partitions_the_newer_half_is_kept(older: float, expected: float) -> None:
    """The other half lies where the series arrives now; the replay there still begins behind its offset."""
    key = next(key for key in KEYS if home(key, BEFORE) != home(key, AFTER) < BEFORE)
    changelog = Changelog()
    changelog.append(key, value(key, partition=home(key, BEFORE), offset=900), home(key, BEFORE))
    changelog.append(key, value(key, partition=home(key, AFTER), timestamp_s=older, x0=2.0), home(key, AFTER))
    repartition(changelog)
    (place,) = inventory(changelog).keys
    assert place == (home(key, AFTER), key)
    stored = [each for each in changelog.records if (each.partition, each.key) == place][-1]
    slot = PRESENT.slots(stored.value or b"")[0]
    assert (slot["x0"], slot["partition"], slot["offset"]) == (expected, home(key, AFTER), 100)


def test_a_series_whose_sender_chooses_partitions_otherwise_stays() -> None:
    key = KEYS[0]
    elsewhere = next(each for each in range(BEFORE) if each not in (home(key, BEFORE), home(key, AFTER)))
    changelog = Changelog()
    changelog.append(key, value(key, partition=elsewhere), elsewhere)
    plan = repartition(changelog)
    assert (len(plan.moves), plan.n_staying, plan.n_misplaced) == (0, 1, 1)
