"""Limits of scorable numbers, for Kafka and files alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stream.formats.rejections import BadMessageError, Reason

MAX_VALUE = 1e18
"""Largest magnitude of a value. The detector works in float32, whose largest number is 3.4e38, and squares values."""

MAX_SERIES_LENGTH = 1024
"""Characters of a series' name: it is the key of every message about it, and of its state."""

MAX_POINTS = 10_000
"""Points of a message. It is applied in one piece, 7 s at 0.7 ms a point of one series, while other series wait."""

OLDEST_MS = 31_536_000_000
"""1971-01-01. An earlier timestamp is almost always a count of seconds where milliseconds are expected."""

LATEST_MS = 253_402_300_799_999
"""Last millisecond of the year 9999. A later timestamp is almost always a count of microseconds or nanoseconds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(moment: datetime) -> int:
    """Convert a datetime to whole ms since the epoch."""
    return (moment - _EPOCH) // _MILLISECOND


def to_iso(timestamp_ms: int) -> str:
    """Convert ms since the epoch to ISO 8601 in UTC."""
    moment = _EPOCH + timestamp_ms * _MILLISECOND
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def check_n_points(n_points: int) -> None:
    """Raise if a message has too many points.

    Raises
    ------
    BadMessageError
    """
    if n_points > MAX_POINTS:
        raise BadMessageError(
            Reason.TOO_MANY_POINTS, f"found {n_points:,} points, expected at most {MAX_POINTS:,}: send several messages"
        )


def refused_value(value: float, name: str = "value") -> BadMessageError | None:
    """Return why a value cannot be scored, or None."""
    if -MAX_VALUE <= value <= MAX_VALUE:
        return None
    return BadMessageError(
        Reason.VALUE_TOO_LARGE,
        f"{name} {value!r}: its magnitude is above {MAX_VALUE:.0e}, whose square still fits float32; scale it down",
    )


def refused_timestamp(timestamp_ms: int, latest_ms: int) -> BadMessageError | None:
    """Return why a timestamp cannot be scored, or None."""
    if OLDEST_MS <= timestamp_ms <= latest_ms:
        return None
    if timestamp_ms < 0:
        return BadMessageError(Reason.TIMESTAMP_NEGATIVE, f"timestamp {timestamp_ms} ms is before 1970")
    if timestamp_ms < OLDEST_MS:
        return BadMessageError(Reason.TIMESTAMP_ABSURD, f"timestamp {timestamp_ms} ms is before 1971: check its unit")
    if timestamp_ms > LATEST_MS:
        return BadMessageError(Reason.TIMESTAMP_ABSURD, f"timestamp {timestamp_ms} ms is after 9999: check its unit")
    ahead_s = (timestamp_ms - latest_ms) / 1000
    return BadMessageError(
        Reason.TIMESTAMP_FUTURE,
        f"timestamp {to_iso(timestamp_ms)} is {ahead_s:.3f} s later than this worker's clock and tolerance allow",
    )
