"""Messages that must end in the dead-letter topic, each with its reason."""

from __future__ import annotations

import gzip

SERIES = "host-7/cpu"
_KEY = SERIES.encode()
_GOOD = b'{"series":"host-7/cpu","timestamp":1404172800000,"value":10844.0}'
_LONG = b"x" * 1025
_DEEP = b"[" * 100_000


def _point(value: bytes = b"1.5", timestamp: bytes = b"1404172800000", more: bytes = b"") -> bytes:
    return b'{"series":"host-7/cpu","timestamp":%s,"value":%s%s}' % (timestamp, value, more)


def _columns(points: bytes) -> bytes:
    return b'{"series":"host-7/cpu","points":%s}' % points


POISON: dict[str, tuple[bytes | None, bytes | None, str]] = {
    "not JSON": (_KEY, b"cpu 98.5 1404172800", "not_json"),
    "cut off": (_KEY, _GOOD[:-9], "not_json"),
    "white space only": (_KEY, b" \n ", "not_json"),
    "byte order mark": (_KEY, b"\xef\xbb\xbf" + _GOOD, "not_json"),
    "half a surrogate pair": (_KEY, b'{"series":"\\ud800","timestamp":1404172800000,"value":1}', "not_json"),
    "bad UTF-8": (_KEY, b'{"series":"host-7/\xff","timestamp":1404172800000,"value":1}', "not_utf8"),
    "UTF-16": (_KEY, _GOOD.decode().encode("utf-16"), "not_utf8"),
    "null value": (_KEY, None, "null_value"),
    "empty value": (_KEY, b"", "empty_value"),
    "trailing bytes": (_KEY, _GOOD + b"}", "trailing_bytes"),
    "two documents": (_KEY, _GOOD + b"\n" + _GOOD, "trailing_bytes"),
    "number as root": (_KEY, b"98.5", "wrong_type"),
    "array of numbers as root": (_KEY, b"[1404172800000, 98.5]", "wrong_type"),
    "null as series": (_KEY, b'{"series":null,"timestamp":1404172800000,"value":1}', "wrong_type"),
    "words as value": (_KEY, _point(b'"high"'), "wrong_type"),
    "100,000 arrays deep": (_KEY, _DEEP, "wrong_type"),
    "100,000 arrays deep in the value": (_KEY, _point(_DEEP), "wrong_type"),
    "100,000 objects deep": (_KEY, b'{"a":' * 100_000, "wrong_type"),
    "bool as timestamp": (_KEY, _point(timestamp=b"true"), "timestamp_unreadable"),
    "null as timestamp": (_KEY, _point(timestamp=b"null"), "timestamp_unreadable"),
    "point of three": (_KEY, _columns(b"[[1404172800000,1,2]]"), "wrong_type"),
    "missing value": (_KEY, b'{"series":"host-7/cpu","timestamp":1404172800000}', "missing_field"),
    "missing series": (_KEY, b'{"timestamp":1404172800000,"value":1}', "missing_field"),
    "columns in an array": (_KEY, b"[%s]" % _columns(b"[[1404172800000,1]]"), "wrong_type"),
    "series only": (_KEY, b'{"series":"host-7/cpu"}', "missing_field"),
    "duplicate value": (_KEY, _point(more=b',"value":2'), "duplicate_field"),
    "duplicate series": (_KEY, b'{"series":"other",' + _GOOD[1:], "duplicate_field"),
    "duplicate timestamp, ISO first": (
        _KEY,
        b'{"series":"host-7/cpu","timestamp":"2014-07-01T00:00:00Z","timestamp":1404172800000,"value":1}',
        "duplicate_field",
    ),
    "duplicate in an array": (_KEY, b"[" + _GOOD + b"," + _point(more=b',"value":2') + b"]", "duplicate_field"),
    "duplicate points": (
        _KEY,
        b'{"series":"host-7/cpu","points":[[1404172800000,1]],"points":[[1,1]]}',
        "duplicate_field",
    ),
    "point and columns at once": (_KEY, _point(more=b',"points":[[1404172800000,1]]'), "two_shapes"),
    "10,001 points": (_KEY, _columns(b"[" + b",".join([b"[1404172800000,1]"] * 10_001) + b"]"), "too_many_points"),
    "name of 1,025 characters": (
        _LONG,
        b'{"series":"%s","timestamp":1404172800000,"value":1}' % _LONG,
        "series_too_long",
    ),
    "empty array": (_KEY, b"[]", "no_points"),
    "empty columns": (_KEY, _columns(b"[]"), "no_points"),
    "array of two series": (
        _KEY,
        b"[" + _GOOD + b',{"series":"host-8/cpu","timestamp":1404172800000,"value":1}]',
        "mixed_series",
    ),
    "minus NaN": (_KEY, _point(b"-nan"), "not_finite"),
    "inf in columns": (_KEY, _columns(b"[[1404172800000, inf]]"), "not_finite"),
    "1e400": (_KEY, _point(b"1e400"), "value_too_large"),
    "integer of 5,000 digits": (_KEY, _point(b"9" * 5000), "value_too_large"),
    "square beyond float32": (_KEY, _point(b"-1.1e18"), "value_too_large"),
    "one bad point of two": (_KEY, _columns(b"[[1404172800000,1],[1404172801000,2e18]]"), "value_too_large"),
    "words as timestamp": (_KEY, _point(timestamp=b'"yesterday"'), "timestamp_unreadable"),
    "negative timestamp": (_KEY, _point(timestamp=b"-1"), "timestamp_negative"),
    "month as timestamp": (_KEY, _point(timestamp=b"201407"), "timestamp_absurd"),
    "timestamp of 5,000 digits": (_KEY, _point(timestamp=b"9" * 5000), "timestamp_absurd"),
    "timestamp of 1e400 in columns": (_KEY, _columns(b"[[1e400,1]]"), "timestamp_absurd"),
    "year 9000": (_KEY, _point(timestamp=b'"9000-01-01T00:00:00Z"'), "timestamp_future"),
    "null key": (None, _GOOD, "null_key"),
    "key of arbitrary bytes": (b"\xfe\xff\x00", _GOOD, "key_not_utf8"),
    "null key and null value": (None, None, "null_value"),
    "empty key": (b"", _GOOD, "key_not_series"),
    "key of another series": (b"host-8/cpu", _GOOD, "key_not_series"),
    "JSON string as key": (b'"host-7/cpu"', _GOOD, "key_not_series"),
    "schema registry's magic byte": (_KEY, b"\x00\x00\x00\x00\x07" + _GOOD, "schema_registry"),
    "gzip": (_KEY, gzip.compress(_GOOD, mtime=0), "compressed"),
    "zstd": (_KEY, b"\x28\xb5\x2f\xfd\x20\x41\x35\x01\x00", "compressed"),
    "snappy": (_KEY, b"\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01", "compressed"),
    "lz4": (_KEY, b"\x04\x22\x4d\x18\x64\x40\xa7", "compressed"),
}
