"""Quiet hours: times at which only the worst is notified."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from stream.events.episodes import Severity
from stream.settings.part import Part

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ONE_DAY: Final = timedelta(days=1)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("a time zone such as Europe/Berlin or UTC") from error
    return name


def _clock(value: object) -> object:
    try:
        return time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError("a time such as 22:00") from error


Clock = Annotated[time, BeforeValidator(_clock)]


class QuietHours(Part):
    """A time of the day, on some days of the week.

    Hours that end before they begin go on over midnight; `days` are those on which they begin. Ends that are equal mean
    the whole day.
    """

    days: tuple[Day, ...] = Field(
        default=DAYS, min_length=1, description="Days on which they begin, mon to sun; all unless given."
    )
    from_: Clock = Field(alias="from", description="First minute, such as 22:00.")
    to: Clock = Field(description="First minute after, such as 07:00.")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="Such as Europe/Berlin; UTC unless given."
    )
    unless: Severity = Field(
        default="critical", description="Severity from which on it is notified nevertheless; critical unless given."
    )

    def contains(self, at_ms: int) -> bool:
        """Check whether a moment lies in them."""
        there = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(self.timezone))
        now, today, yesterday = there.time(), DAYS[there.weekday()], DAYS[(there - ONE_DAY).weekday()]
        if self.from_ < self.to:
            return today in self.days and self.from_ <= now < self.to
        return (today in self.days and now >= self.from_) or (yesterday in self.days and now < self.to)
