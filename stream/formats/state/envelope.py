"""Envelope of a stored state record: record, topic, checksum.

Kafka's own checksum covers the way to the broker and back; this one covers what tools do to a changelog, and the disk.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

N_BYTES = 8
"""What the envelope adds to a record: 4 bytes of `TopicIdentity.mark`, 4 of a CRC-32 over key, record and mark."""

FORGOTTEN = 1 << 62
"""Taken off the offsets of another topic: they are before every offset of ours, and keep their order."""


def envelope(layout: np.dtype[np.void], n_slots: int) -> np.dtype[np.void]:
    """Lay out the value of a key that takes `n_slots` records."""
    return np.dtype([("slots", layout, (n_slots,)), ("mark", "<u4"), ("checksum", "<u4")])


def opaque(records: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """View records as bytes that are copied whole.

    numpy copies a record of many fields field by field, which takes five times as long.
    """
    return records.view(np.dtype((np.void, records.dtype.itemsize)))


def seal_all(keys: list[bytes], values: npt.NDArray[np.void], mark: int) -> None:
    """Seal the values of many keys in place.

    Parameters
    ----------
    values : structured array of dtype `envelope(...)`, shape (keys,)
        With the records filled in.
    """
    values["mark"] = mark
    size = values.itemsize
    whole: Any = values.view(np.uint8).data
    checked = [whole[start : start + size - 4] for start in range(0, len(whole), size)]
    values["checksum"] = list(map(crc32, checked, map(crc32, keys)))


def seal(key: bytes, record: bytes | memoryview, mark: int) -> bytes:
    """Make the value for the changelog."""
    marked = b"".join((record, mark.to_bytes(4, "little")))
    return marked + crc32(marked, crc32(key)).to_bytes(4, "little")


def checksum(key: bytes, value: bytes | memoryview) -> int:
    """Compute the checksum that a value should end with."""
    return crc32(memoryview(value)[:-4], crc32(key))


def is_intact(key: bytes, value: bytes | memoryview) -> bool:
    """Check key and value against the checksum."""
    return checksum(key, value) == int.from_bytes(value[-4:], "little")


def mark_of(value: bytes | memoryview) -> int:
    """Return which topic the offset in a sealed value is of."""
    return int.from_bytes(value[-N_BYTES:-4], "little")
