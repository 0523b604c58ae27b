"""The state of many keys: growing, forgetting, packing."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import Records
from stream.detection.field import fields_of
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.key import DetectorFields
from stream.detection.state.key_fields import KeyFields
from stream.detection.state.record import RECORD, VERSION
from stream.detection.state.step_record import StepFields

SLOTS = np.array([4, 1])


def noise(n: int) -> Records:
    """Records with every byte random, apart from the version."""
    records = np.frombuffer(np.random.default_rng(0).bytes(n * RECORD.itemsize), RECORD).copy()
    records["version"] = DetectorState(1).pack(np.array([0]))["version"]
    return records


def test_there_is_an_array_for_every_field_of_the_record() -> None:
    state = DetectorState(3)
    for name in RECORD.names or ():
        field = RECORD[name]
        assert getattr(state, name).dtype == field.base
        assert getattr(state, name).shape == (3, *field.shape)


def test_the_arrays_show_what_lies_in_the_records() -> None:
    state = DetectorState(3)
    state.grow(6)
    state.records[5]["centre"], state.energy[5, 2] = 7, 8
    assert (state.centre[5], state.records[5]["energy"][2]) == (7, 8)


def test_every_field_lies_on_its_natural_boundary() -> None:
    offsets = {name: RECORD.fields[name][1] for name in RECORD.names or ()} if RECORD.fields else {}
    assert all(offset % RECORD[name].base.alignment == 0 for name, offset in offsets.items())


@pytest.mark.parametrize("declared", [DetectorFields, StepFields, KeyFields])
def test_every_field_says_what_it_is(declared: type) -> None:
    fields = fields_of(declared)
    assert len(fields) > 20
    assert [name for name, field in fields.items() if not (field.text[:1].isupper() or field.text[:1].isdigit())] == []
    assert [name for name, field in fields.items() if not field.text.endswith(".")] == []


def test_unpacking_what_was_packed_changes_nothing() -> None:
    state, records = DetectorState(6), noise(2)
    state.unpack(SLOTS, records)
    assert state.pack(SLOTS).tobytes() == records.tobytes()


def test_unpacking_leaves_the_other_slots_alone() -> None:
    state, others = DetectorState(6), np.array([0, 2, 3, 5])
    before = state.pack(others).tobytes()
    state.unpack(SLOTS, noise(2))
    assert state.pack(others).tobytes() == before


def test_growing_keeps_the_keys_there_are() -> None:
    state = DetectorState(6)
    state.unpack(SLOTS, noise(2))
    state.grow(100)
    assert state.pack(SLOTS).tobytes() == noise(2).tobytes()
    assert state.pack(np.array([99])).tobytes() == DetectorState(1).pack(np.array([0])).tobytes()


def test_growing_to_less_does_nothing() -> None:
    state = DetectorState(6)
    state.grow(3)
    assert state.capacity == 6


def test_growing_within_what_is_reserved_moves_nothing_and_keeps_the_keys() -> None:
    state = DetectorState(6)
    state.unpack(SLOTS, noise(2))
    state.reserve(1_000)
    lies_at = state.records.ctypes.data
    state.grow(900)
    assert state.records.ctypes.data == lies_at
    assert state.records.shape == state.t.shape == (900,)
    assert state.pack(SLOTS).tobytes() == noise(2).tobytes()
    assert state.pack(np.array([899])).tobytes() == DetectorState(1).pack(np.array([0])).tobytes()


def test_a_reset_key_has_not_been_seen_and_has_no_source() -> None:
    state = DetectorState(6)
    state.unpack(SLOTS, noise(2))
    state.reset(SLOTS[:1])
    assert state.pack(SLOTS[:1]).tobytes() == DetectorState(1).pack(np.array([0])).tobytes()
    assert (state.t[4], state.partition[4], state.offset[4], state.exponent[4, 0]) == (0, -1, -1, -107)


def test_a_record_of_another_version_is_refused() -> None:
    records = noise(2)
    records["version"][1] = 77
    with pytest.raises(ValueError, match=f"version {VERSION}, got 77"):
        DetectorState(6).unpack(SLOTS, records)


def test_records_of_another_layout_are_refused() -> None:
    with pytest.raises(ValueError, match=f"{RECORD.itemsize} bytes"):
        DetectorState(6).unpack(SLOTS, np.zeros(2, [("t", "<u4")]))
