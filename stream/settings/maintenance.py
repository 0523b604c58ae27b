"""Maintenance windows in the settings: once or weekly."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _text(value: object) -> object:
    """Restore the text of a date parsed by TOML."""
    return value.isoformat() if isinstance(value, datetime | time) else value


Moment = Annotated[str, BeforeValidator(_text)]


class MaintenanceWindow(BaseModel):
    """One maintenance window, with `days` a weekly one."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    days: tuple[Day, ...] = ()
    zone: str | None = None

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        if self.days:
            self.clocks()
            _zone(self.zone or "UTC")
        elif self.zone is not None:
            raise ValueError("days such as ['sat', 'sun'] with a zone, or neither")
        else:
            start, end = self.moments()
            if end <= start:
                raise ValueError("a window that ends after it begins")
        return self

    def moments(self) -> tuple[datetime, datetime]:
        """Return both ends of a one-off window."""
        return _moment(self.start), _moment(self.end)

    def clocks(self) -> tuple[time, time]:
        """Return both ends of a weekly window, in its zone."""
        return _clock(self.start), _clock(self.end)

    def weekdays(self) -> tuple[int, ...]:
        """Return its start weekdays; Monday is 0."""
        return tuple(sorted({DAYS.index(day) for day in self.days}))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("ISO 8601 moments with date and offset, or `days` beside times of day") from error
    if moment.tzinfo is None:
        raise ValueError("ISO 8601 moments with their offset, such as 2026-11-28T22:00:00+01:00")
    return moment


def _clock(text: str) -> time:
    try:
        clock = time.fromisoformat(text)
    except ValueError as error:
        raise ValueError("times of day such as 02:30 beside days") from error
    if clock.tzinfo is not None:
        raise ValueError("times of day without an offset, and the zone by its name")
    return clock


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("a zone of this machine's time zone database, such as Europe/Berlin") from error
