"""Control records as keys and JSON values."""

from __future__ import annotations

from typing import Any

import msgspec

from stream.control.records import ControlRecord, ControlRule
from stream.errors import DataError, SettingsError
from stream.formats.rejections import UNREADABLE, excerpt
from stream.settings.rules import parse_rule

MAX_DETAIL_LENGTH = 300

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[ControlRecord] = msgspec.json.Decoder(ControlRecord)


class ControlRecordError(DataError):
    """A control record that cannot be obeyed."""


def key_of(record: ControlRecord) -> bytes:
    """Return the key of a record: its kind and name."""
    kind = record.__struct_config__.tag
    return f"{kind}/{getattr(record, record.key_field)}".encode()


def encode(record: ControlRecord) -> bytes:
    """Return the JSON value of a record."""
    return _encoder.encode(record)


def decode(key: bytes | None, value: bytes) -> ControlRecord:
    """Decode and check a record.

    Raises
    ------
    ControlRecordError
        With what was expected and what was found.
    """
    try:
        record = _decoder.decode(value)
    except UNREADABLE as error:
        raise _error(key, str(error)) from error
    if isinstance(record, ControlRule):
        try:
            parse_rule(record.rule)
        except SettingsError as error:
            raise _error(key, str(error)) from None
    if key != key_of(record):
        raise _error(key, f"expected the key {key_of(record).decode()} for this value")
    return record


def check(record: ControlRecord) -> None:
    """Check a record as its readers do.

    Raises
    ------
    ControlRecordError
        If they would ignore it.
    """
    decode(key_of(record), encode(record))


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the values."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | msgspec.json.schema(ControlRecord)


def _error(key: bytes | None, detail: str) -> ControlRecordError:
    name = "without a key" if key is None else key.decode(errors="backslashreplace")
    return ControlRecordError(f"control record {excerpt(name, 250)}: {excerpt(detail, MAX_DETAIL_LENGTH)}")
