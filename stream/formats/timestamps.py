"""Timestamps as people and programs write them in files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import partial

from stream.formats.limits import OLDEST_MS, to_milliseconds

TimestampReader = Callable[[str], int]
"""Text to milliseconds since the epoch; raises ValueError for text of another form."""


def timestamp_reader(timestamp_format: str | None, timezone: tzinfo, example: str) -> TimestampReader:
    """Choose how to read a file's timestamps.

    Parameters
    ----------
    timestamp_format : str or None
        `s`, `ms`, a format of `datetime.strptime`, or None to detect it from the example: a number is seconds or
        milliseconds since the epoch by its size, everything else is ISO 8601.
    timezone : tzinfo
        Meaning of a time without an offset. Of an hour that a change of clocks repeats, both are read as the first.
    example : str
        The first timestamp of the file.
    """
    if timestamp_format is None:
        timestamp_format = _unit(example)
    if timestamp_format is None:
        return partial(from_iso, timezone=timezone)
    if timestamp_format in ("s", "ms"):
        return partial(_from_number, factor=1000 if timestamp_format == "s" else 1)
    return partial(_from_format, timestamp_format=timestamp_format, timezone=timezone)


def _unit(example: str) -> str | None:
    try:
        number = float(example)
    except ValueError:
        return None
    return "ms" if abs(number) >= OLDEST_MS else "s"


def _from_number(text: str, factor: int) -> int:
    try:
        return int(text) * factor
    except ValueError:
        return round(float(text) * factor)


def from_iso(text: str, timezone: tzinfo = UTC) -> int:
    """Parse ISO 8601 into ms since the epoch; the zone is that of a time without an offset."""
    moment = datetime.fromisoformat(text)
    return to_milliseconds(moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone))


def _from_format(text: str, timestamp_format: str, timezone: tzinfo) -> int:
    if "%z" in timestamp_format:
        return to_milliseconds(datetime.strptime(text, timestamp_format).astimezone(UTC))
    return to_milliseconds(datetime.strptime(text, timestamp_format).replace(tzinfo=timezone))
