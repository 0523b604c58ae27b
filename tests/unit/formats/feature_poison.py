"""Messages with features that must be refused, each with its reason; their key is `KEY`."""

from __future__ import annotations

KEY = b"host-7"


def point(value: bytes, more: bytes = b"") -> bytes:
    """Write one point, whose value is given as JSON."""
    return b'{"series":"host-7","timestamp":1404172800000,"value":%s%s}' % (value, more)


def columns(*values: bytes) -> bytes:
    """Write points as columns, whose values are given as JSON."""
    return b'{"series":"host-7","points":[%s]}' % b",".join(b"[1404172800000,%s]" % value for value in values)


MODEL_OF_ANY_FEATURES: dict[str, tuple[bytes, str]] = {
    "empty object": (point(b"{}"), "missing_feature"),
    "empty array": (point(b"[]"), "missing_feature"),
    "empty object in columns": (columns(b'{"cpu":1,"mem":2}', b"{}"), "mixed_features"),
    "number after an object": (columns(b'{"cpu":1,"mem":2}', b"3"), "mixed_features"),
    "object after a number": (columns(b"3", b'{"cpu":1,"mem":2}'), "mixed_features"),
    "empty array after a number": (columns(b"3", b"[]"), "mixed_features"),
    "array after an object": (columns(b'{"cpu":1,"mem":2}', b"[1,2]"), "mixed_features"),
    "one feature less": (columns(b'{"cpu":1,"mem":2}', b'{"cpu":1}'), "mixed_features"),
    "another feature": (columns(b'{"cpu":1,"mem":2}', b'{"cpu":1,"disk":2}'), "mixed_features"),
    "another feature in an array of objects": (
        b"[%s,%s]" % (point(b'{"cpu":1}'), point(b'{"mem":1}')),
        "mixed_features",
    ),
    "shorter array": (columns(b"[1,2]", b"[1]"), "mixed_features"),
    "257 features": (point(b"[%s]" % b",".join([b"1"] * 257)), "too_many_features"),
    "feature twice": (point(b'{"cpu":1,"mem":2,"cpu":1}'), "duplicate_field"),
    "feature twice, once escaped": (point(b'{"cpu":1,"mem":2,"\\u0063pu":1}'), "duplicate_field"),
    "feature twice in columns": (columns(b'{"cpu":1,"mem":2}', b'{"cpu":1,"mem":2,"mem":2}'), "duplicate_field"),
    "object and number as value": (point(b'{"cpu":1,"mem":2}', more=b',"value":1'), "duplicate_field"),
    "number and object as value": (point(b"1", more=b',"value":{"cpu":1,"mem":2}'), "duplicate_field"),
    "feature twice, one nested": (point(b'{"cpu":1,"cpu":{"cpu":1}}'), "duplicate_field"),
    "object in an object": (point(b'{"cpu":{"user":1}}'), "wrong_type"),
    "array in an object": (point(b'{"cpu":[1]}'), "wrong_type"),
    "array in an array": (point(b"[[1,2]]"), "wrong_type"),
    "object in an array": (point(b'[{"cpu":1}]'), "wrong_type"),
    "word as feature": (point(b'["1","high"]'), "wrong_type"),
    "100,000 objects deep in a feature": (point(b'{"a":' * 100_000), "wrong_type"),
    "name of no characters": (point(b'{"":1}'), "wrong_type"),
    "name of 257 characters": (point(b'{"%s":1}' % (b"x" * 257)), "wrong_type"),
    "minus NaN as feature": (point(b'{"cpu":1,"mem":-nan}'), "not_finite"),
    "inf in an array": (point(b"[1, inf]"), "not_finite"),
    "minus inf in columns": (columns(b"[1,2]", b"[1,-inf]"), "not_finite"),
    "1e400 as feature": (point(b'{"cpu":1,"mem":1e400}'), "value_too_large"),
    "1e400 first in an array of columns": (columns(b"[1e400,1]"), "value_too_large"),
    "square of a feature beyond float32": (columns(b"[1,2]", b"[1,-1.1e18]"), "value_too_large"),
}
"""Refused where any features are taken, as by the model in the package."""

MODEL_OF_CPU_AND_MEM: dict[str, tuple[bytes, str]] = {
    "plain number": (point(b"1"), "missing_feature"),
    "plain numbers in columns": (columns(b"1", b"2"), "missing_feature"),
    "object of no features": (point(b"{}"), "missing_feature"),
    "array of no numbers": (columns(b"[]"), "missing_feature"),
    "object without mem": (point(b'{"cpu":1}'), "missing_feature"),
    "other feature instead of mem": (point(b'{"cpu":1,"disk":2}'), "missing_feature"),
    "name in other case": (point(b'{"cpu":1,"Mem":2}'), "missing_feature"),
    "array of one": (point(b"[1]"), "missing_feature"),
    "number after an object": (columns(b'{"cpu":1,"mem":2}', b"3"), "missing_feature"),
    "object without mem in columns": (columns(b'{"cpu":1,"mem":2}', b'{"cpu":1}'), "missing_feature"),
    "one feature more": (point(b'{"cpu":1,"mem":2,"disk":3}'), "unknown_feature"),
    "array of three": (point(b"[1,2,3]"), "unknown_feature"),
    "array of three in columns": (columns(b"[1,2]", b"[1,2,3]"), "unknown_feature"),
    "feature twice": (point(b'{"cpu":1,"mem":2,"cpu":1}'), "duplicate_field"),
    "minus NaN as feature": (point(b'{"cpu":1,"mem":-nan}'), "not_finite"),
    "square of a feature beyond float32": (point(b'{"cpu":1,"mem":-1.1e18}'), "value_too_large"),
}
"""Refused where each point must have the features cpu and mem."""
