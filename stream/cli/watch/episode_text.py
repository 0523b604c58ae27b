"""How an episode's figures are written in tables."""

from __future__ import annotations

from stream.events.episodes import Severity
from stream.events.text import format_value

SEVERITY_STYLES: dict[Severity, str] = {"minor": "yellow", "major": "dark_orange", "critical": "bold red"}


def number(value: float | None) -> str:
    """Format a number in about four digits; a dash for none."""
    return "-" if value is None else format_value(value, 4)
