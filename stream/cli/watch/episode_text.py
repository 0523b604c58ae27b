"""How an episode's figures are written in tables."""

from __future__ import annotations

from stream.events.episodes import Severity
from stream.events.text import observed

SEVERITY_STYLES: dict[Severity, str] = {"minor": "yellow", "major": "dark_orange", "critical": "bold red"}


def number(value: float | None) -> str:
    """Write a whole number in full and others in about four digits; a dash where there is none."""
    return "-" if value is None else observed(value, 4)
