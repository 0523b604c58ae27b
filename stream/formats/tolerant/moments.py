"""Timestamps as senders write them: the unit of a number is found by its size."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from stream.formats.limits import OLDEST_MS, to_milliseconds
from stream.formats.rejections import BadMessageError, Reason, shown

MAX_NUMBER: Final = 1e19
"""No unit has a time that large."""

AUTO: Final = "auto"


class TimeForm(StrEnum):
    """How a time is written."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "us"
    NANOSECONDS = "ns"
    ISO = "ISO 8601"
    ISO_WITHOUT_OFFSET = "ISO 8601 without offset"


_UNITS: Final = (
    (OLDEST_MS, TimeForm.SECONDS),
    (1_000 * OLDEST_MS, TimeForm.MILLISECONDS),
    (1_000_000 * OLDEST_MS, TimeForm.MICROSECONDS),
)
"""A number below the bound has the unit: milliseconds begin in 1971, and seconds reach to the year 2969."""


class Moment(NamedTuple):
    """A time in milliseconds since the epoch, and how it was written."""

    timestamp_ms: int
    form: TimeForm


class Moments:
    """Reads times, each by itself: what one means depends on no other.

    Parameters
    ----------
    unit : str
        Of numbers: `s`, `ms`, `us`, `ns`, or `auto`, which tells by their size.
    zone : str
        Time zone of ISO 8601 times without an offset.

    Attributes
    ----------
    form_found : TimeForm or None
        How the first time that was read was written.
    """

    def __init__(self, unit: str = AUTO, zone: str = "UTC") -> None:
        self.unit = unit
        self.form_found: TimeForm | None = None
        self._set_unit = None if unit == AUTO else TimeForm(unit)
        self._zone: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)

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
        return self.read(value).timestamp_ms

    def read(self, value: object) -> Moment:
        """Return a time as `to_ms` does, and how it was written.

        Raises
        ------
        BadMessageError
            If it is no time.
        """
        moment = self._read(value)
        if self.form_found is None:
            self.form_found = moment.form
        return moment

    def _read(self, value: object) -> Moment:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._from_number(value)
        if isinstance(value, str):
            try:
                return self._from_text(value)
            except (ValueError, OverflowError):
                pass
        raise BadMessageError(
            Reason.TIMESTAMP_UNREADABLE, f"expected a time as number or as ISO 8601, found {shown(value)}"
        )

    def _from_number(self, value: float) -> Moment:
        if not abs(value) < MAX_NUMBER:  # Neither a NaN nor an infinity has an integer.
            raise BadMessageError(Reason.TIMESTAMP_ABSURD, f"expected a time, found the number {value!r:.60}")
        unit = self._set_unit or _unit_by_size(value)
        return Moment(_milliseconds(value, unit), unit)

    def _from_text(self, text: str) -> Moment:
        if text.replace(".", "", 1).lstrip("-").isdecimal():
            return self._from_number(float(text) if "." in text else int(text))
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return Moment(to_milliseconds(moment), TimeForm.ISO)
        return Moment(to_milliseconds(moment.replace(tzinfo=self._zone)), TimeForm.ISO_WITHOUT_OFFSET)


to_ms = Moments().to_ms
"""For formats whose own definition leaves nothing to be set."""


def _unit_by_size(value: float) -> TimeForm:
    size = abs(value)
    for bound, unit in _UNITS:
        if size < bound:
            return unit
    return TimeForm.NANOSECONDS


def _milliseconds(value: float, unit: TimeForm) -> int:
    if unit is TimeForm.SECONDS:
        return round(value * 1000)
    if unit is TimeForm.MILLISECONDS:
        return int(value)
    return int(value // 1000) if unit is TimeForm.MICROSECONDS else int(value // 1_000_000)
