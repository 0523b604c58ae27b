"""Envelope of a stored state record: record, topic, checksum.

Kafka's own checksum covers the way to the broker and back; this one covers what tools do to a changelog, and the disk.
"""

from __future__ import annotations

from zlib import crc32

N_BYTES = 8
"""What the envelope adds to a record: 4 bytes of `TopicIdentity.mark`, 4 of a CRC-32 over key, record and mark."""


def seal(key: bytes, record: bytes | memoryview, mark: int) -> bytes:
    """Make the value for the changelog."""
    marked = b"".join((record, mark.to_bytes(4, "little")))
    return marked + crc32(marked, crc32(key)).to_bytes(4, "little")


def is_intact(key: bytes, value: bytes) -> bool:
    """Check key and value against the checksum."""
    return crc32(memoryview(value)[:-4], crc32(key)) == int.from_bytes(value[-4:], "little")


def mark_of(value: bytes) -> int:
    """Return the mark of the topic in a record."""
    return int.from_bytes(value[-N_BYTES:-4], "little")
