"""Timestamps as senders write them: the unit of a number is found by its size."""

from __future__ import annotations

from datetime import UTC, datetime

from stream.formats.limits import to_milliseconds
from stream.formats.rejections import BadMessageError, Reason, excerpt
from stream.formats.timestamps import FIRST_MILLISECONDS

FIRST_MICROSECONDS = 1000 * FIRST_MILLISECONDS
FIRST_NANOSECONDS = 1000 * FIRST_MICROSECONDS
"""From here on a number counts nanoseconds; each unit covers the years 1973 to 5138."""


def to_ms(value: object) -> int:
    """Return milliseconds since the epoch; anything finer is cut off.

    Parameters
    ----------
    value : object
        A number of seconds, milli-, micro- or nanoseconds, the same in a text, or ISO 8601; UTC without an offset.

    Raises
    ------
    BadMessageError
        If it is none of these.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_number(value)
    if isinstance(value, str):
        try:
            return _from_text(value)
        except (ValueError, OverflowError):
            pass
    raise BadMessageError(
        Reason.TIMESTAMP_UNREADABLE,
        f"expected a time as number or as ISO 8601, found {excerpt(repr(value), 60)}",
    )


def _from_number(value: float) -> int:
    if isinstance(value, float) and not abs(value) < 1e19:  # Neither a NaN nor an infinity has an integer.
        raise BadMessageError(Reason.TIMESTAMP_UNREADABLE, f"expected a time, found the number {value!r}")
    size = abs(value)
    if size < FIRST_MILLISECONDS:
        return round(value * 1000)
    if size < FIRST_MICROSECONDS:
        return int(value)
    return int(value // 1000) if size < FIRST_NANOSECONDS else int(value // 1_000_000)


def _from_text(text: str) -> int:
    if text.replace(".", "", 1).lstrip("-").isdecimal():
        return _from_number(float(text) if "." in text else int(text))
    moment = datetime.fromisoformat(text)
    return to_milliseconds(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))
