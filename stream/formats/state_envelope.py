"""The envelope of a state record in the changelog: the packed record, which topic its offset is of, and a checksum.

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
    """Say whether key and value are as they were sealed."""
    return crc32(memoryview(value)[:-4], crc32(key)) == int.from_bytes(value[-4:], "little")


def mark_of(value: bytes) -> int:
    """Read which topic the offset in the record is of."""
    return int.from_bytes(value[-N_BYTES:-4], "little")
