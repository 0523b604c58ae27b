"""Control records as text and as JSON documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from stream.control.records import ControlRecord
from stream.settings.rules import Rule


def to_json(record: ControlRecord) -> dict[str, Any]:
    """Return a record as on the topic."""
    document: dict[str, Any] = msgspec.to_builtins(record)
    return document


def moment(timestamp_ms: int) -> str:
    """Format a time to the minute, in UTC."""
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def fields(rule: Rule) -> dict[str, Any]:
    """Return the fields that a rule gives, as they are written."""
    written: dict[str, Any] = rule.model_dump(mode="json", by_alias=True, exclude_none=True)
    return written


def assignments(written: dict[str, Any]) -> str:
    """Format fields of a rule but for what it matches."""
    return ", ".join(f"{name} = {value}" for name, value in written.items() if name not in ("match", "feature"))


def signature(record: ControlRecord) -> str:
    """Format who sent a record, when and why."""
    return f"by {record.by}, {moment(record.at)}" + (f": {record.why}" if record.why else "")
