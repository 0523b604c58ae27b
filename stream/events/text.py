"""Numbers and times as text."""

from __future__ import annotations

from datetime import UTC, datetime
from math import floor, log10

from msgspec import UnsetType

LARGEST_IN_FULL = 1e9
SMALLEST_IN_FULL = 1e-4
"""Magnitudes between these two are written out; outside of them an exponent is shorter, such as 1.2e-6."""

FEW_DIGITS, MOST_DIGITS = 3, 6


def format_number(value: float, digits: int = 4) -> str:
    """Format a number with significant digits and thousands separators."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    if not SMALLEST_IN_FULL <= abs(rounded) < LARGEST_IN_FULL:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        return f"{_trimmed(mantissa)}e{int(exponent)}"
    decimals = max(0, digits - 1 - floor(log10(abs(rounded))))
    return _trimmed(f"{rounded:,.{decimals}f}")


def format_value(value: float, digits: int = MOST_DIGITS) -> str:
    """Format a value; whole numbers are written in full."""
    whole = value == floor(value) and abs(value) < LARGEST_IN_FULL
    return f"{value:,.0f}" if whole else format_number(value, digits)


def digits_for(largest: float, width: float) -> int:
    """Return the digits that resolve steps of `width`."""
    if largest <= 0 or width <= 0:
        return FEW_DIGITS
    return min(max(FEW_DIGITS, floor(log10(largest)) - floor(log10(width)) + 2), MOST_DIGITS)


def format_time(timestamp_ms: int) -> str:
    """Write an event time to the minute, in UTC."""
    return datetime.fromtimestamp(timestamp_ms // 1000, UTC).strftime("%d %b %H:%M")


def format_date_time(timestamp_ms: int) -> str:
    """Write an event time to the minute, with its year, in UTC."""
    return datetime.fromtimestamp(timestamp_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M")


def format_count(n: int, noun: str) -> str:
    """Count things whose plural has an s."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def display_name(series: str, feature: str | UnsetType | None) -> str:
    """Name a series, with its feature if there is one."""
    return f"{series} \N{MIDDLE DOT} {feature}" if feature else series


def format_duration(milliseconds: int) -> str:
    """Format a duration in two units, such as 4h30m."""
    seconds = milliseconds // 1000
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days}d{hours:02}h"
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{seconds % 60:02}s" if minutes else f"{seconds}s"


def format_span(seconds: float) -> str:
    """Format a long duration in whole units, such as `6 weeks`."""
    for unit, length in (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        n = int(seconds // length)
        if n >= 2 or (n == 1 and unit == "minute"):
            return f"{n} {unit}{'s' if n > 1 else ''}"
    return "a minute"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
