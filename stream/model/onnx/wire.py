"""Protocol buffer decoding, enough for ONNX files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stream.errors import ModelError

# The default bundle has 446 fields, nested 6 deep. Far more only costs memory and time before the refusal.
MAX_FIELDS = 50_000
MAX_DEPTH = 32

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
MAX_VARINT_BYTES = 10


@dataclass(frozen=True, slots=True)
class ProtobufField:
    """One field, by its position in the file."""

    number: int
    """Field number of the message's schema, >= 1."""
    wire_type: int
    """0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes."""
    start: int
    end: int
    """The whole field, tag included."""
    value_start: int
    """First byte of the value (after the length, where there is one)."""
    integer: int
    """The value of a varint, 0 for the other wire types."""


@dataclass(frozen=True, slots=True)
class ProtobufMessage:
    """Fields of a message within a file's bytes.

    Protocol buffers let a later value replace or extend an earlier one; two readers may then see two models in one
    file. A field that is asked for as a single one and occurs twice is therefore an error.
    """

    data: bytes
    """The whole file."""
    fields: list[ProtobufField]
    """In file order."""
    depth: int
    """How many messages this one lies in."""
    budget: Iterator[int]
    """Runs dry after `MAX_FIELDS` fields of the whole file."""

    @classmethod
    def read(cls, data: bytes) -> ProtobufMessage:
        """Read a file as one message.

        Raises
        ------
        ModelError
            If the bytes are cut short or are no message; the text gives the byte of the file. The readers of single
            fields below raise it too, where a field is not what they were asked for.
        """
        return cls._read(data, 0, len(data), 0, iter(range(MAX_FIELDS)))

    def occurrences(self, number: int, wire_type: int = LENGTH) -> list[ProtobufField]:
        """Find every occurrence of a field."""
        found = [field for field in self.fields if field.number == number]
        for field in found:
            if field.wire_type != wire_type:
                raise ModelError(
                    f"expected wire type {wire_type} of field {number} at byte {field.start}, found {field.wire_type}"
                )
        return found

    def messages(self, number: int) -> list[ProtobufMessage]:
        """Read all occurrences of a field as messages."""
        return [self._nested(field) for field in self.occurrences(number)]

    def message(self, number: int) -> ProtobufMessage | None:
        """Read an optional field as message, or None."""
        field = self._single(number, LENGTH)
        return None if field is None else self._nested(field)

    def content(self, number: int) -> bytes:
        """Read an optional field's bytes; empty if absent."""
        field = self._single(number, LENGTH)
        return b"" if field is None else self.data[field.value_start : field.end]

    def text(self, number: int) -> str:
        """Read an optional field as printable UTF-8; empty if absent."""
        content = self.content(number)
        text = content.decode(errors="replace")
        if "\ufffd" in text or not text.isprintable():
            raise ModelError(f"expected a printable name in field {number}, found {content[:40]!r}")
        return text

    def integer(self, number: int) -> int | None:
        """Read an optional field as int64, or None."""
        field = self._single(number, VARINT)
        return None if field is None else signed(field.integer)

    def integers(self, number: int) -> list[int]:
        """Read a repeated integer, packed or not."""
        values: list[int] = []
        for field in self.fields:
            if field.number == number:
                values += [signed(field.integer)] if field.wire_type == VARINT else self._packed(field)
        return values

    def has(self, number: int) -> bool:
        """Check whether a field occurs."""
        return any(field.number == number for field in self.fields)

    def without(self, number: int, unwanted: Callable[[ProtobufMessage], bool]) -> bytes:
        """Return the bytes without unwanted occurrences of a field."""
        dropped = {field.start for field in self.occurrences(number) if unwanted(self._nested(field))}
        return b"".join(self.data[field.start : field.end] for field in self.fields if field.start not in dropped)

    @classmethod
    def _read(cls, data: bytes, start: int, end: int, depth: int, budget: Iterator[int]) -> ProtobufMessage:
        if depth > MAX_DEPTH:
            raise ModelError(f"messages are nested more than {MAX_DEPTH} deep at byte {start}")
        fields: list[ProtobufField] = []
        for field in read_fields(data, start, end):
            _spend(budget, field.start)
            fields.append(field)
        return cls(data, fields, depth, budget)

    def _nested(self, field: ProtobufField) -> ProtobufMessage:
        return self._read(self.data, field.value_start, field.end, self.depth + 1, self.budget)

    def _single(self, number: int, wire_type: int) -> ProtobufField | None:
        found = self.occurrences(number, wire_type)
        if len(found) > 1:
            raise ModelError(f"field {number} may occur once, found again at byte {found[1].start}")
        return found[0] if found else None

    def _packed(self, field: ProtobufField) -> Iterator[int]:
        position = field.value_start
        while position < field.end:
            _spend(self.budget, position)
            value, position = read_varint(self.data, position, field.end)
            yield signed(value)


def _spend(budget: Iterator[int], position: int) -> None:
    if next(budget, None) is None:
        raise ModelError(f"more than {MAX_FIELDS:,} fields by byte {position}")


def read_fields(data: bytes, start: int, end: int) -> Iterator[ProtobufField]:
    """Yield the fields of `data[start:end]` in order.

    Raises
    ------
    ModelError
        At the first byte that cannot be a field.
    """
    position = start
    while position < end:
        field = read_field(data, position, end)
        yield field
        position = field.end


def read_field(data: bytes, start: int, end: int) -> ProtobufField:
    """Read the field at `start`, ending before `end`.

    Raises
    ------
    ModelError
        If its number or wire type cannot be, or its value reaches past the end.
    """
    tag, position = read_varint(data, start, end)
    number, wire_type = tag >> 3, tag & 7
    if number == 0 or wire_type not in (VARINT, FIXED64, LENGTH, FIXED32):
        raise ModelError(f"no field can begin with {tag:#x}, found at byte {start}")
    integer = 0
    value_start = position
    if wire_type == VARINT:
        integer, position = read_varint(data, position, end)
    elif wire_type == LENGTH:
        length, value_start = read_varint(data, position, end)
        position = value_start + length
    else:
        position += 8 if wire_type == FIXED64 else 4
    if position > end:
        raise ModelError(f"field {number} at byte {start} needs {position - end:,} bytes more than there are")
    return ProtobufField(number, wire_type, start, position, value_start, integer)


def read_varint(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Read a base-128 integer and the position after it.

    Raises
    ------
    ModelError
        If it runs past the end or is longer than ten bytes.
    """
    value = 0
    for position in range(start, min(end, start + MAX_VARINT_BYTES)):
        value |= (data[position] & 0x7F) << (7 * (position - start))
        if data[position] < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, position + 1
    raise ModelError(f"the integer at byte {start} does not end")


def signed(value: int) -> int:
    """Read an unsigned 64-bit integer as two's complement."""
    return value - (1 << 64) if value >> 63 else value


def write_bytes_field(number: int, value: bytes) -> bytes:
    """Encode a field of wire type 2."""
    return write_varint(number << 3 | LENGTH) + write_varint(len(value)) + value


def write_integer_field(number: int, value: int) -> bytes:
    """Write one field of wire type 0: tag, integer >= 0."""
    return write_varint(number << 3 | VARINT) + write_varint(value)


def write_varint(value: int) -> bytes:
    """Write a base-128 integer, >= 0."""
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
