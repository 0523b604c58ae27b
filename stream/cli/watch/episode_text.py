"""How an episode's figures are written in tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from stream.events.episodes import Severity
from stream.events.text import format_duration, format_time, format_value

SEVERITY_STYLES: Final[dict[Severity, str]] = {"minor": "yellow4", "major": "dark_orange3", "critical": "bold red"}
"""Readable on dark and on light terminals; the word stands beside the colour."""


def number(value: float | None) -> str:
    """Format a number in about four digits; a dash for none."""
    return "-" if value is None else format_value(value, 4)


def opened(start_ms: int, *, with_year: bool) -> str:
    """Write when an episode opened, in UTC."""
    return f"{datetime.fromtimestamp(start_ms / 1000, UTC):%Y-%m-%d %H:%M}" if with_year else format_time(start_ms)


def lasts(milliseconds: int) -> str:
    """Write how long an episode lasts; from a minute on without seconds."""
    return format_duration(milliseconds if milliseconds < 60_000 else milliseconds // 60_000 * 60_000).removesuffix(
        "00s"
    )


def shortened(name: str, width: int) -> str:
    """Shorten a name in its middle: both ends of a series' name tell it from others."""
    if len(name) <= width:
        return name
    left = (width - 1) // 2
    return f"{name[:left]}…{name[len(name) - (width - 1 - left) :]}"
