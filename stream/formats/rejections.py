"""Reasons for rejecting a message: stable codes and sentences."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

MAX_DETAIL_LENGTH = 200
"""Characters of a detail: room for one sentence, never for a payload that users may not want in a log."""

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not what was expected; the last for deep nesting, also in an unknown field."""


class Reason(StrEnum):
    """Stable code of a rejection (docs/events.md)."""

    NULL_KEY = "null_key"
    KEY_NOT_UTF8 = "key_not_utf8"
    KEY_NOT_SERIES = "key_not_series"
    HEADER_NOT_UTF8 = "header_not_utf8"
    PAGE_FROM_UNREADABLE = "page_from_unreadable"
    NULL_VALUE = "null_value"
    EMPTY_VALUE = "empty_value"
    MESSAGE_TOO_LARGE = "message_too_large"
    COMPRESSED = "compressed"
    SCHEMA_REGISTRY = "schema_registry"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TRAILING_BYTES = "trailing_bytes"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    DUPLICATE_FIELD = "duplicate_field"
    TWO_SHAPES = "two_shapes"
    NO_POINTS = "no_points"
    TOO_MANY_POINTS = "too_many_points"
    MIXED_SERIES = "mixed_series"
    MISSING_FEATURE = "missing_feature"
    UNKNOWN_FEATURE = "unknown_feature"
    MIXED_FEATURES = "mixed_features"
    TOO_MANY_FEATURES = "too_many_features"
    NOT_FINITE = "not_finite"
    VALUE_TOO_LARGE = "value_too_large"
    TIMESTAMP_UNREADABLE = "timestamp_unreadable"
    TIMESTAMP_NEGATIVE = "timestamp_negative"
    TIMESTAMP_ABSURD = "timestamp_absurd"
    TIMESTAMP_FUTURE = "timestamp_future"
    FORMAT_UNKNOWN = "format_unknown"
    FORMAT_MISMATCH = "format_mismatch"
    SERIES_TOO_LONG = "series_too_long"


class BadMessageError(ValueError):
    """A message of which nothing can be scored.

    Parameters
    ----------
    reason : Reason
        Stable code.
    detail : str
        One sentence: what was found, what was expected. Kept to `MAX_DETAIL_LENGTH` characters, and characters that
        a terminal or a log would act upon are replaced, because parts of it come from the message.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        self.detail = excerpt(detail, MAX_DETAIL_LENGTH)
        super().__init__(f"{reason}: {self.detail}")


def excerpt(text: str, length: int) -> str:
    """Return the start of a text, safe to print on one line."""
    start = text if len(text) <= length else text[: length - 1] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in start)


def shown(value: object) -> str:
    """Return the start of a value of a JSON document, for a detail."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return excerpt(repr(value), 60)
