"""Layouts: the present one is read to the bit, earlier ones are carried over or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from stream.changelog.layouts.known import KnownLayouts, why_refused
from stream.changelog.layouts.layout import StateLayout
from stream.changelog.layouts.step import LayoutStep
from stream.changelog.layouts.v5 import layout_5
from stream.detection.state import record, window_state
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.phase import Phase
from stream.formats.state.envelope import N_BYTES, is_intact, mark_of
from tests.unit.changelog.golden_records import document, golden
from tests.unit.changelog.golden_state import MODEL, N_FEATURES, N_HISTORY, described, patterned

PRESENT = StateLayout(record.blank())
KNOWN = KnownLayouts(PRESENT, (LayoutStep(layout_5(1, 0, 0), PRESENT),))
WINDOWED = StateLayout(record.blank(record.layout(N_HISTORY), MODEL))
RECONSTRUCTED = StateLayout(window_state.blank_window(N_HISTORY, N_FEATURES, MODEL))
PRESENT_LAYOUTS = {
    "stateful-forecast": PRESENT,
    "windowed-forecast": WINDOWED,
    "windowed-reconstruction": RECONSTRUCTED,
}


@pytest.mark.parametrize("kind", PRESENT_LAYOUTS)
def test_a_layout_that_changes_gets_another_version(kind: str) -> None:
    """If this fails: count `VERSION` up, write a golden file for it, and add a step in stream/changelog/layouts."""
    assert described(PRESENT_LAYOUTS[kind].dtype) == document(record.VERSION)["fields"][kind]


@pytest.mark.parametrize("kind", PRESENT_LAYOUTS)
def test_golden_records_of_the_present_layout_are_read_to_the_bit(kind: str) -> None:
    found = golden(record.VERSION, kind)
    assert found
    for each in found:
        assert PRESENT_LAYOUTS[kind].holds(each.value)
        assert is_intact(each.key, each.value)
        assert mark_of(each.value) == document(record.VERSION)["mark"]


def test_the_state_takes_golden_records_in_and_packs_them_to_the_same_bytes() -> None:
    values = [each.value[:-N_BYTES] for each in golden(record.VERSION, "stateful-forecast")]
    state = DetectorState(len(values))
    slots = np.arange(len(values))
    state.unpack(slots, np.frombuffer(b"".join(values), record.RECORD))
    assert [each.tobytes() for each in state.pack(slots)] == values
    assert state.t.tolist() == [400, 400, 30, 199]  # The last one is a counter, which began anew once that was clear.
    assert state.episode_phase.tolist() == [Phase.NONE, Phase.OPEN, Phase.NONE, Phase.NONE]
    assert state.offset.tolist() == [1_000, 1_001, 1_002, 1_003]


def test_the_layouts_of_a_detector_follow_from_its_state() -> None:
    plain = KnownLayouts.of(DetectorState(0), 1)
    assert (plain.present.unseen.tobytes(), plain.present.n_bytes) == (PRESENT.unseen.tobytes(), 4_557)
    windowed = KnownLayouts.of(DetectorState(0, N_HISTORY, MODEL), 3)
    assert windowed.present.unseen.tobytes() == WINDOWED.unseen.tobytes()
    assert windowed.steps[0].before.n_bytes == windowed.present.n_bytes == 3 * WINDOWED.dtype.itemsize + N_BYTES
    assert KnownLayouts.of(window_state.WindowState(0, N_HISTORY, N_FEATURES, MODEL), 1).steps == ()


def test_every_field_of_a_windowed_record_is_read_in_its_place() -> None:
    for kind in ("windowed-forecast", "windowed-reconstruction"):
        (each,) = golden(record.VERSION, kind)
        expected = patterned(PRESENT_LAYOUTS[kind].unseen)
        assert PRESENT_LAYOUTS[kind].slots(each.value).tobytes() == expected.tobytes()


def test_the_declared_layout_5_is_the_one_that_was_written() -> None:
    for kind, layout in (
        ("stateful-forecast", layout_5(1, 0, 0)),
        ("windowed-forecast", layout_5(1, N_HISTORY, MODEL)),
    ):
        assert described(layout.dtype) == document(5)["fields"][kind]
        assert all(layout.holds(each.value) for each in golden(5, kind))


def test_records_of_layout_5_are_carried_over_field_by_field() -> None:
    for each in golden(5, "stateful-forecast"):
        layout = KNOWN.find(each.value)
        assert layout is not None
        before, after = layout.slots(each.value), KNOWN.migrate(layout.slots(each.value), layout)
        assert after["version"] == record.VERSION
        for name in record.RECORD.names or ():
            assert name == "version" or (after[name] == before[name]).all(), name


def test_a_windowed_record_of_layout_5_is_carried_over_with_its_window() -> None:
    known = KnownLayouts(WINDOWED, (LayoutStep(layout_5(1, N_HISTORY, MODEL), WINDOWED),))
    (each,) = golden(5, "windowed-forecast")
    layout = known.find(each.value)
    assert layout is not None
    assert known.migrate(layout.slots(each.value), layout).tobytes() == patterned(WINDOWED.unseen).tobytes()


def test_a_migrated_record_is_to_the_bit_the_one_that_this_version_writes_for_the_same_points() -> None:
    for earlier, present in zip(golden(5, "stateful-forecast"), golden(6, "stateful-forecast"), strict=True):
        layout = KNOWN.steps[0].before
        assert earlier.key == present.key
        assert KNOWN.migrate(layout.slots(earlier.value), layout).tobytes() == present.value[:-N_BYTES]


@pytest.mark.parametrize("kind", ["stateful-forecast", "windowed-forecast"])
def test_layout_4_is_refused_with_the_reason(kind: str) -> None:
    for each in golden(4, kind):
        assert KNOWN.find(each.value) is None
        expected = "layout 4, of version 0.1.0" if kind == "stateful-forecast" else "does not know"
        assert expected in why_refused(len(each.value))


def test_a_record_of_layout_5_is_never_taken_for_one_of_layout_6() -> None:
    """Both have 4,549 bytes, and the version of one lies where the other has the spread of an hour."""
    fields: Mapping[str, Any] = record.RECORD.fields or {}
    for each in golden(5, "stateful-forecast"):
        value = bytearray(each.value)
        value[fields["version"][1]] = record.VERSION
        assert not PRESENT.holds(bytes(value))
        assert KNOWN.find(bytes(value)) is KNOWN.steps[0].before


def test_a_step_gives_new_fields_their_unseen_value_and_carries_renamed_ones() -> None:
    before = StateLayout(np.zeros((), [("version", "u1"), ("old", "<f4"), ("kept", "<f8"), ("gone", "u1")]))
    unseen = np.zeros((), [("kept", "<f8"), ("new", "<f4"), ("added", "<i2"), ("version", "u1")])
    unseen["added"], unseen["version"] = -1, 9
    records = np.zeros(2, before.dtype)
    records["old"], records["kept"], records["version"] = 1.5, [2.5, 3.5], 8
    after = LayoutStep(before, StateLayout(unseen), renamed={"old": "new"}).apply(records)
    assert after.tolist() == [(2.5, 1.5, -1, 9), (3.5, 1.5, -1, 9)]
