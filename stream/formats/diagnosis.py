"""Slow path of decoding: why a message was rejected.

The codes follow from the texts of msgspec's errors, which carry no code of their own; tests hold each text, so that an
upgrade that rewords one fails there. An unexpected text becomes `not_json` or `wrong_type`, by its class.
"""

from __future__ import annotations

import math
import re

import msgspec

from stream.formats.limits import refused_timestamp, refused_value
from stream.formats.rejections import BadMessageError, Reason, excerpt

COMPRESSIONS = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"\xff\x06\x00\x00sNaPpY": "snappy",
    b"\x82SNAPPY\x00": "snappy",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
    b"x\x01": "zlib",
    b"x\x9c": "zlib",
    b"x\xda": "zlib",
}
"""First bytes of compressed data. Kafka's own compression is undone by the client and never seen here."""

_NOT_FINITE = re.compile(rb"[\[:,]\s*[-+]?(nan|inf)", re.IGNORECASE)
_POSITION = re.compile(r"\(byte (\d+)\)$")
_TIMESTAMP_PATH = re.compile(r"at `\$(\S*\.timestamp|\.points\[[^]]*\]\[0\])`$")
_N_BYTES_OF_WORD = 16
"""Distance within which msgspec reports a NaN or Infinity after the separator before it."""


def diagnose_size(value: bytes | None, max_message_bytes: int) -> BadMessageError:
    """Diagnose a missing, empty or oversized value."""
    if value is None:
        return BadMessageError(
            Reason.NULL_VALUE, "the value is null (a tombstone): the metrics topic must not be compacted"
        )
    if not value:
        return BadMessageError(Reason.EMPTY_VALUE, "the value has no bytes")
    return BadMessageError(
        Reason.MESSAGE_TOO_LARGE, f"{len(value)} bytes, the limit is {max_message_bytes}: send fewer points a message"
    )


def diagnose_key(key: bytes | None, series: str) -> BadMessageError:
    """Diagnose a key that is not its series in UTF-8."""
    if key is None:
        return BadMessageError(Reason.NULL_KEY, f"the key is null, expected the series {_quoted(series)}")
    try:
        found = key.decode()
    except UnicodeDecodeError:
        return BadMessageError(Reason.KEY_NOT_UTF8, f"the key is not UTF-8, expected the series {_quoted(series)}")
    return BadMessageError(Reason.KEY_NOT_SERIES, f"the key is {_quoted(found)}, the series is {_quoted(series)}")


def diagnose_range(
    timestamps_ms: list[int], values: list[float], features: tuple[str, ...], latest_ms: int
) -> BadMessageError | None:
    """Diagnose the first number that cannot be scored; None if all can. A NaN is a feature without a value."""
    names = [f"feature {_quoted(feature)}" for feature in features] or ["value"]
    for at, timestamp_ms in enumerate(timestamps_ms):
        row = zip(values[at * len(names) : (at + 1) * len(names)], names, strict=True)
        refusals = [refused_timestamp(timestamp_ms, latest_ms)]
        refusals += [refused_value(value, name) for value, name in row if not math.isnan(value)]
        if any(refusals):
            return next(filter(None, refusals))
    return None


def diagnose_bytes(value: bytes, error: Exception) -> BadMessageError:
    """Diagnose bytes that msgspec rejected with `error`."""
    for first_bytes, name in COMPRESSIONS.items():
        if value.startswith(first_bytes):
            return BadMessageError(
                Reason.COMPRESSED, f"the value is compressed by {name}: use the producer's compression setting instead"
            )
    if value.startswith(b"\x00") and len(value) >= 5:
        schema_id = int.from_bytes(value[1:5], "big")
        return BadMessageError(
            Reason.SCHEMA_REGISTRY, f"found the prefix of a schema registry (schema {schema_id}): send plain JSON"
        )
    try:
        value.decode()
    except UnicodeDecodeError as invalid:
        return BadMessageError(Reason.NOT_UTF8, f"byte {value[invalid.start]:#04x} at {invalid.start} is not UTF-8")
    text = str(error)
    return _of_shape(text) if isinstance(error, msgspec.ValidationError) else _of_syntax(value, text)


def _of_syntax(value: bytes, text: str) -> BadMessageError:
    if "trailing characters" in text:
        return BadMessageError(Reason.TRAILING_BYTES, f"one JSON document expected: {text}")
    position = _POSITION.search(text)
    if position is not None:
        found = int(position[1])
        if _NOT_FINITE.search(value[max(0, found - _N_BYTES_OF_WORD) : found + _N_BYTES_OF_WORD]):
            return BadMessageError(Reason.NOT_FINITE, f"NaN and Infinity are not JSON, leave the point out: {text}")
    return BadMessageError(Reason.NOT_JSON, text)


def _of_shape(text: str) -> BadMessageError:
    if "out of range" in text and not _TIMESTAMP_PATH.search(text):
        return BadMessageError(Reason.VALUE_TOO_LARGE, text)
    if "out of range" in text:
        return BadMessageError(Reason.TIMESTAMP_ABSURD, text)
    return BadMessageError(Reason.WRONG_TYPE, text)


def _quoted(text: str) -> str:
    return f"'{excerpt(text, 60)}'"
