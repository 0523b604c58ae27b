"""Timestamps as senders write them: the unit of a number is found by its size."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from stream.formats.limits import to_milliseconds
from stream.formats.rejections import BadMessageError, Reason, excerpt
from stream.formats.timestamps import FIRST_MILLISECONDS

FIRST_MICROSECONDS = 1000 * FIRST_MILLISECONDS
FIRST_NANOSECONDS = 1000 * FIRST_MICROSECONDS
"""From here on a number counts nanoseconds; each unit covers the years 1973 to 5138."""


MAX_NUMBER: Final = 1e19
"""No unit has a time that large."""

_PER_UNIT_MS: Final = {"s": 1_000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}


class Moments:
    """Reads times.

    Parameters
    ----------
    unit : str
        Of numbers: `s`, `ms`, `us`, `ns`, or `auto`, which tells by their size.
    zone : str
        Time zone of ISO 8601 times without an offset.

    Attributes
    ----------
    unit_found : str or None
        Unit of the first time that was read, as `unit_of` names it.
    """

    def __init__(self, unit: str = "auto", zone: str = "UTC") -> None:
        self._factor_ms = _PER_UNIT_MS.get(unit)
        self._zone: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
        self._unit = unit
        self.unit_found: str | None = None

    def to_ms(self, value: object) -> int:
        """Return milliseconds since the epoch; anything finer is cut off.

        Parameters
        ----------
        value : object
            A number, the same in a text, or ISO 8601.

        Raises
        ------
        BadMessageError
            If it is none of these.
        """
        timestamp_ms = self._read(value)
        if timestamp_ms is None:
            raise BadMessageError(
                Reason.TIMESTAMP_UNREADABLE,
                f"expected a time as number or as ISO 8601, found {excerpt(repr(value), 60)}",
            )
        if self.unit_found is None:
            self.unit_found = unit_of(value) if self._unit == "auto" else self._unit
        return timestamp_ms

    def _read(self, value: object) -> int | None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._from_number(value)
        if isinstance(value, str):
            try:
                return self._from_text(value)
            except (ValueError, OverflowError):
                pass
        return None

    def _from_number(self, value: float) -> int:
        if not abs(value) < MAX_NUMBER:  # Neither a NaN nor an infinity has an integer.
            raise BadMessageError(Reason.TIMESTAMP_UNREADABLE, f"expected a time, found the number {value!r:.60}")
        return _by_size(value) if self._factor_ms is None else round(value * self._factor_ms)

    def _from_text(self, text: str) -> int:
        if text.replace(".", "", 1).lstrip("-").isdecimal():
            return self._from_number(float(text) if "." in text else int(text))
        moment = datetime.fromisoformat(text)
        return to_milliseconds(moment if moment.tzinfo is not None else moment.replace(tzinfo=self._zone))


to_ms = Moments().to_ms
"""For formats whose own definition leaves nothing to be set."""


def unit_of(value: object) -> str:
    """Name the unit that a time is taken to have by its size: `s`, `ms`, `us`, `ns`, or `ISO 8601`."""
    try:
        size = abs(float(value)) if isinstance(value, (int, float, str)) else 0.0
    except (ValueError, OverflowError):
        return "ISO 8601"
    bounds = ((FIRST_MILLISECONDS, "s"), (FIRST_MICROSECONDS, "ms"), (FIRST_NANOSECONDS, "us"))
    return next((unit for bound, unit in bounds if size < bound), "ns")


def _by_size(value: float) -> int:
    size = abs(value)
    if size < FIRST_MILLISECONDS:
        return round(value * 1000)
    if size < FIRST_MICROSECONDS:
        return int(value)
    return int(value // 1000) if size < FIRST_NANOSECONDS else int(value // 1_000_000)
