"""How an episode's figures are written for people."""

from __future__ import annotations

from datetime import UTC, datetime

from stream.formats.events import Severity

SEVERITY_STYLES: dict[Severity, str] = {"minor": "yellow", "major": "dark_orange", "critical": "bold red"}


def moment(timestamp_ms: int) -> str:
    """Write an event time to the minute, in UTC."""
    return datetime.fromtimestamp(timestamp_ms // 1000, UTC).strftime("%d %b %H:%M")


def number(value: float | None) -> str:
    """Write a number in about four digits, with an exponent only where it would be long; a dash where there is none."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e7 or 0 < size < 1e-3:
        return f"{value:.2e}"
    decimals = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 4
    return f"{value:,.{decimals}f}"


def duration(milliseconds: int) -> str:
    """Write a duration in its two largest units, such as 4h30m."""
    seconds = milliseconds // 1000
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days}d{hours:02}h"
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{seconds % 60:02}s" if minutes else f"{seconds}s"
