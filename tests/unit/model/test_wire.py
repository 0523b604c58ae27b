"""The reader of protocol buffers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.errors import ModelError
from stream.model.onnx.wire import (
    MAX_DEPTH,
    MAX_FIELDS,
    ProtobufMessage,
    read_varint,
    signed,
    write_bytes_field,
    write_varint,
)


@settings(derandomize=True, deadline=None)
@given(st.integers(0, 2**64 - 1))
def test_an_integer_is_read_as_it_was_written(value: int) -> None:
    written = write_varint(value)
    assert read_varint(written, 0, len(written)) == (value, len(written))


@settings(derandomize=True, deadline=None)
@given(st.integers(-(2**63), 2**63 - 1))
def test_a_negative_integer_is_twos_complement(value: int) -> None:
    assert signed(value % 2**64) == value


def test_fields_of_every_wire_type_are_told_apart() -> None:
    message = ProtobufMessage.read(b"\x08\x05" + b"\x11" + bytes(8) + b"\x1a\x02ab" + b"\x25" + bytes(4))
    assert [(field.number, field.wire_type) for field in message.fields] == [(1, 0), (2, 1), (3, 2), (4, 5)]
    assert message.integer(1) == 5
    assert message.text(3) == "ab"


def test_packed_and_single_integers_are_read_alike() -> None:
    assert (
        ProtobufMessage.read(b"\x08\x01\x08\x02").integers(1)
        == ProtobufMessage.read(b"\x0a\x02\x01\x02").integers(1)
        == [1, 2]
    )


def test_an_absent_field_is_none_or_empty() -> None:
    message = ProtobufMessage.read(b"")
    assert (message.integer(1), message.message(1), message.text(1), message.messages(1)) == (None, None, "", [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x0a\x05ab", "field 1 at byte 0 needs 3 bytes more"),
        (b"\x08", "integer at byte 1 does not end"),
        (b"\x08" + b"\xff" * 11, "integer at byte 1 does not end"),
        (b"\x09\x00", "field 1 at byte 0 needs 7 bytes more"),
        (b"\x00\x00", "no field can begin with 0x0"),
        (b"\x0b\x0c", "no field can begin with 0xb"),
    ],
    ids=["short bytes", "no integer", "endless integer", "short number", "field 0", "group"],
)
def test_bytes_that_are_no_message_are_refused_with_their_place(content: bytes, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        ProtobufMessage.read(content)


def test_a_single_field_that_occurs_twice_is_refused() -> None:
    with pytest.raises(ModelError, match="field 1 may occur once, found again at byte 3"):
        ProtobufMessage.read(b"\x0a\x01a\x0a\x01b").text(1)


def test_a_field_of_another_wire_type_is_refused() -> None:
    with pytest.raises(ModelError, match="expected wire type 2 of field 1 at byte 0, found 0"):
        ProtobufMessage.read(b"\x08\x01").text(1)


@pytest.mark.parametrize("name", [b"\xff", b"\x1b[2J"], ids=["not UTF-8", "a terminal's command"])
def test_a_name_that_cannot_be_printed_is_refused(name: bytes) -> None:
    with pytest.raises(ModelError, match="expected a printable name in field 1"):
        ProtobufMessage.read(write_bytes_field(1, name)).text(1)


def descend(message: ProtobufMessage | None) -> None:
    while message is not None:
        message = message.message(1)


def test_deep_nesting_is_refused_before_the_stack_ends() -> None:
    content = b""
    for _ in range(MAX_DEPTH + 1):
        content = write_bytes_field(1, content)
    message = ProtobufMessage.read(content)
    with pytest.raises(ModelError, match="nested more than 32 deep"):
        descend(message)


@pytest.mark.parametrize("content", [b"\x08\x01" * MAX_FIELDS * 2, write_bytes_field(1, b"\x01" * MAX_FIELDS)])
def test_a_flood_of_fields_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match="more than 50,000 fields"):
        ProtobufMessage.read(content).integers(1)
