"""Keys of stored state: a series, or its feature."""

from __future__ import annotations

SEPARATOR = b"\xff"
"""Stands between series and feature; a byte that UTF-8 never has."""


def feature_key(series: bytes, feature: str) -> bytes:
    """Return the key of a feature scored on its own."""
    return series + SEPARATOR + feature.encode()


def split_key(key: bytes) -> tuple[str, str | None]:
    """Split a key into series and feature."""
    series, separator, feature = key.partition(SEPARATOR)
    return series.decode(), feature.decode() if separator else None


def is_partition_key(key: bytes | None) -> bool:
    """Check whether a key is of a record about its partition.

    Such as the topic that the state was learned from: no series, as a series has a name.
    """
    return key is not None and key.startswith(SEPARATOR)


def is_series_key(key: bytes | None) -> bool:
    """Check whether a key has our format."""
    try:
        return key is not None and bool(split_key(key))
    except UnicodeDecodeError:
        return False
