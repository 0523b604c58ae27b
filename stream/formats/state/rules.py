"""Record of the rule set in force, in each changelog partition."""

from __future__ import annotations

import struct
from typing import Final
from zlib import crc32

RULES_KEY: Final = b"\xffrules"
"""Key of the record; no series has it."""

_HEAD: Final = struct.Struct("<IqI")
"""Mark of the topic, offset from which the rule set holds, and CRC-32 of the rest."""


def seal_rules(mark: int, offset: int, body: bytes) -> bytes:
    """Make the value for the changelog.

    Parameters
    ----------
    mark : int
        Which topic the offset is of: see `TopicIdentity.mark`.
    offset : int
        From which on the rules hold.
    body : bytes
        The rule set.
    """
    return _HEAD.pack(mark, offset, crc32(body)) + body


def open_rules(value: bytes) -> tuple[int, int, bytes]:
    """Return mark, offset and body.

    Raises
    ------
    ValueError
        If the value is something else.
    """
    if len(value) < _HEAD.size:
        raise ValueError(f"expected {_HEAD.size} bytes or more, found {len(value)}")
    mark, offset, checksum = _HEAD.unpack_from(value)
    body = value[_HEAD.size :]
    if crc32(body) != checksum:
        raise ValueError("its checksum does not fit")
    return mark, offset, body
