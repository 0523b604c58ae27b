"""Keys of the state in the changelog: a series, or a feature of one that is scored on its own."""

from __future__ import annotations

SEPARATOR = b"\xff"
"""Stands between series and feature; a byte that UTF-8 never has."""


def feature_key(series: bytes, feature: str) -> bytes:
    """Give the key under which a feature is a series of its own."""
    return series + SEPARATOR + feature.encode()


def split_key(key: bytes) -> tuple[str, str | None]:
    """Give the series of a key, and the feature if it is of one."""
    series, separator, feature = key.partition(SEPARATOR)
    return series.decode(), feature.decode() if separator else None


def is_series_key(key: bytes | None) -> bool:
    """Return whether we wrote a key: a series in UTF-8, maybe with a feature."""
    try:
        return key is not None and bool(split_key(key))
    except UnicodeDecodeError:
        return False
