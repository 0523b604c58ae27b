"""Recovery: records that are refused, damaged, late, or of another topic."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.state.detector_state import DetectorState
from stream.detection.state.record import RECORD
from stream.errors import StateError
from stream.formats.state.envelope import N_BYTES, seal
from stream.worker.engine.store import StateRecord
from stream.worker.keys.key_table import KeyTable
from stream.worker.recovery import RESTORED_AT_ONCE, Recovery, place_of_offset
from tests.unit.worker.restoring import MARK, Worker, packed


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
