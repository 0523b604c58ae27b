"""Confluent's wire format: a zero byte, the schema's id, then the message.

https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
"""

from __future__ import annotations

import struct

from stream.formats.rejections import BadMessageError
from stream.ingest.samples.decoding import mismatch

FORMAT = "the wire format of a Schema Registry"

_PREFIX = struct.Struct(">BI")


def schema_id(value: bytes) -> int | None:
    """Return the id of a message's schema; None if it has another format.

    No text and no protobuf message begins with a zero byte.
    """
    if len(value) < _PREFIX.size or value[0] != 0:
        return None
    found: int = _PREFIX.unpack_from(value)[1]
    return found


def payload(value: bytes) -> bytes:
    """Return what follows the schema's id."""
    return value[_PREFIX.size :]


def message_indexes(data: bytes) -> tuple[list[int], bytes]:
    """Split a Protobuf payload into the path of its message type in the schema, and the message.

    The path is a count and indexes, as zigzag varints; a single zero stands for the first type.

    Raises
    ------
    BadMessageError
        If the indexes are cut off or too many.
    """
    n, at = _zigzag(data, 0)
    if not 0 <= n <= len(data):
        raise _bad_indexes()
    indexes = []
    for _ in range(n):
        index, at = _zigzag(data, at)
        indexes.append(index)
    return indexes or [0], data[at:]


def _zigzag(data: bytes, at: int) -> tuple[int, int]:
    """Read a number; return it with where the next one begins."""
    number = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise _bad_indexes()
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at


def _bad_indexes() -> BadMessageError:
    return mismatch(FORMAT, "message indexes that are cut off")
