"""Routes: which episodes go to which receivers, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from stream.events.episodes import SEVERITIES, Severity
from stream.notify.config.values import Duration
from stream.settings.values import Part

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ONE_DAY: Final = timedelta(days=1)

EACH = "..."
"""Alertmanager's name for groups of one."""


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


def _group_by(names: tuple[str, ...]) -> tuple[str, ...]:
    if EACH in names and len(names) > 1:
        raise ValueError('labels, or ["..."] alone, which means that every episode is a group')
    if "severity" in names:
        raise ValueError("labels that stay the same while an episode lasts; found severity, which rises")
    return names


GroupBy = Annotated[tuple[str, ...], AfterValidator(_group_by)]


class Grouping(Part):
    """When the episodes of a group are notified."""

    group_by: GroupBy = Field(
        default=(), description="Labels whose episodes share a group; also `series`, `name`, `feature`, `kind`."
    )
    group_wait: Duration = Field(
        default=10_000, description="How long an episode waits for others of its group; 10s unless given."
    )
    group_interval: Duration = Field(
        default=60_000, description="Least time between two notifications of a group; 1m unless given."
    )
    repeat_interval: Duration = Field(
        default=14_400_000, ge=60_000, description="After this what is still open is notified again; 4h unless given."
    )
    summary_from: int = Field(
        default=5,
        ge=2,
        le=1_000,
        description="So many new episodes of a group are notified as one summary; 5 unless given.",
    )


class Route(Part):
    """One `[[routes]]` table: what it matches, and where that goes.

    The first route that matches decides, unless it has `continue`. A grouping that is not given is that of the file.
    """

    name: str | None = Field(default=None, min_length=1, max_length=100, description="Its name in logs and messages.")
    series: str = Field(default="*", min_length=1, description="Pattern of the series' whole name: `*`, `?`, `[abc]`.")
    feature: str | None = Field(default=None, min_length=1, description="Pattern of the feature's name.")
    severity: Severity = Field(
        default="minor", description="Least severity, minor unless given: an episode joins as soon as it has that."
    )
    kind: Literal["anomaly", "silence"] | None = Field(
        default=None, description="Only anomalies, or only series that fell silent."
    )
    labels: dict[str, str] = Field(default={}, description="Patterns of labels in the series' name; all must match.")
    receivers: tuple[str, ...] = Field(min_length=1, description="Names of receivers; several get the same.")
    continue_: bool = Field(default=False, alias="continue", description="Whether later routes are asked as well.")
    group_by: GroupBy | None = Field(default=None, description="As in the file, for this route.")
    group_wait: Duration | None = Field(default=None, description="As in the file, for this route.")
    group_interval: Duration | None = Field(default=None, description="As in the file, for this route.")
    repeat_interval: Duration | None = Field(default=None, ge=60_000, description="As in the file, for this route.")
    summary_from: int | None = Field(default=None, ge=2, le=1_000, description="As in the file, for this route.")
    quiet_hours: tuple[QuietHours, ...] = Field(default=(), description="Times at which only the worst is notified.")

    def conflicts(self) -> Iterator[str]:
        """Check that no receiver is named twice."""
        yield from super().conflicts()
        if len(set(self.receivers)) < len(self.receivers):
            yield "receivers: one is named twice"

    @property
    def key(self) -> str:
        """Name, or what it matches: stays the same when routes are reordered."""
        if self.name is not None:
            return self.name
        labels = "".join(f",{name}={pattern}" for name, pattern in sorted(self.labels.items()))
        feature = f",feature={self.feature}" if self.feature is not None else ""
        kind = f",kind={self.kind}" if self.kind is not None else ""
        return f"series={self.series}{feature}{kind}{labels},severity={self.severity}"

    def matches(self, series: str, feature: str | None, kind: str, labels: Mapping[str, str]) -> bool:
        """Check everything but the severity."""
        if self.kind is not None and self.kind != kind:
            return False
        if self.feature is not None and (feature is None or not fnmatchcase(feature, self.feature)):
            return False
        given = (fnmatchcase(labels.get(name, ""), pattern) for name, pattern in self.labels.items())
        return fnmatchcase(series, self.series) and all(given)

    def takes(self, severity: Severity) -> bool:
        """Check whether a severity is high enough."""
        return SEVERITIES.index(severity) >= SEVERITIES.index(self.severity)

    def grouping(self, default: Grouping) -> Grouping:
        """Return its grouping, completed by the file's."""
        given = {field: value for field in Grouping.model_fields if (value := getattr(self, field)) is not None}
        return default.model_copy(update=given)

    def is_quiet(self, severity: Severity, at_ms: int) -> bool:
        """Check whether a severity waits for the end of quiet hours."""
        return any(
            SEVERITIES.index(severity) < SEVERITIES.index(hours.unless) and hours.contains(at_ms)
            for hours in self.quiet_hours
        )
