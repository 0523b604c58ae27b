"""The envelope of a state record: many sealed at once are what each would be alone, and a changed bit is found."""

from __future__ import annotations

import numpy as np

from stream.formats.state.envelope import N_BYTES, envelope, is_intact, seal, seal_all

LAYOUT = np.dtype([("offset", "<i8"), ("level", "<f4")])
KEYS = [b"cpu", b"mem", b"disk"]
MARK = 0xC0FFEE


def test_values_sealed_together_are_those_sealed_one_by_one() -> None:
    values = np.zeros(len(KEYS), envelope(LAYOUT, 2))
    values["slots"]["offset"] = np.arange(6).reshape(3, 2)
    packed = [values["slots"][at].tobytes() for at in range(len(KEYS))]
    seal_all(KEYS, values, MARK)
    sealed = [value.tobytes() for value in values]
    assert sealed == [seal(key, record, MARK) for key, record in zip(KEYS, packed, strict=True)]
    assert {len(value) for value in sealed} == {2 * LAYOUT.itemsize + N_BYTES}
    assert all(is_intact(key, value) for key, value in zip(KEYS, sealed, strict=True))
    assert set(values["mark"]) == {MARK}


def test_a_flipped_bit_and_another_key_are_found() -> None:
    value = bytearray(seal(b"cpu", b"record", MARK))
    assert not is_intact(b"mem", bytes(value))
    value[2] ^= 4
    assert not is_intact(b"cpu", bytes(value))
