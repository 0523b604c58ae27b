"""Slow path of decoding: why a message was rejected.

The codes follow from the texts of msgspec's errors, which carry no code of their own; tests hold each text, so that an
upgrade that rewords one fails there. An unexpected text becomes `not_json` or `wrong_type`, by its class.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import chain

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
_UNKNOWN_FIELD = "Object contains unknown field "
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
) -> BadMessageError:
    """Diagnose the first number that cannot be scored."""
    names = [f"feature {_quoted(feature)}" for feature in features] or ["value"]
    refusals = chain.from_iterable(
        [refused_timestamp(timestamp_ms, latest_ms), *map(refused_value, values[start : start + len(names)], names)]
        for timestamp_ms, start in zip(timestamps_ms, range(0, len(values), len(names)), strict=True)
    )
    return next(refusal for refusal in refusals if refusal is not None)


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
    if text.startswith(_UNKNOWN_FIELD):
        if text.startswith(f"{_UNKNOWN_FIELD}`__faust`"):
            return BadMessageError(Reason.FAUST_TAG, "the message is a Faust record (field `__faust`): send plain JSON")
        return BadMessageError(Reason.UNKNOWN_FIELD, f"{text}; known are series, timestamp, value, points")
    if text.startswith("Object missing required field"):
        return BadMessageError(Reason.MISSING_FIELD, text)
    if "out of range" in text:
        if _TIMESTAMP_PATH.search(text):
            return BadMessageError(Reason.TIMESTAMP_ABSURD, f"{text}: milliseconds since the epoch expected")
        return BadMessageError(Reason.VALUE_TOO_LARGE, text)
    if "with a timezone component" in text:
        return BadMessageError(Reason.TIMESTAMP_WITHOUT_OFFSET, f"{text}: end it with Z or an offset such as +02:00")
    if text.startswith("Invalid RFC3339"):
        return BadMessageError(Reason.TIMESTAMP_UNREADABLE, f"{text}: expected for example 2014-07-01T00:00:00Z")
    return BadMessageError(Reason.WRONG_TYPE, text)


def refuse_duplicate_fields(value: bytes) -> None:
    """Reject a valid message with a duplicate field.

    Raises
    ------
    BadMessageError
        If a field is repeated; JSON leaves open which of the two values counts, and parsers disagree.
    """
    json.loads(value, object_pairs_hook=_refuse_repeated_names)


def _refuse_repeated_names(pairs: list[tuple[str, object]]) -> None:
    counts = Counter(name for name, _ in pairs)
    if len(counts) == len(pairs):
        return
    [(name, n_times)] = counts.most_common(1)
    raise BadMessageError(Reason.DUPLICATE_FIELD, f"field {_quoted(name)} occurs {n_times} times in one object")


def _quoted(text: str) -> str:
    return f"'{excerpt(text, 60)}'"
