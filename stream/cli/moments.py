"""Moments and durations as they are written on the command line."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import click

from stream.formats.limits import to_milliseconds
from stream.kafka.topics.offset_range import Moment

SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def parse_moment(_context: click.Context, _option: click.Parameter, text: str) -> Moment:
    """Parse `beginning`, `latest`, an age such as 30d, or ISO 8601."""
    if text == "beginning":
        return "beginning"
    if text == "latest":
        return "latest"
    span = re.fullmatch(r"(\d{1,6})([mhdw])", text)
    if span is not None:
        return max(0, round(1000 * (time.time() - int(span[1]) * SECONDS[span[2]])))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        expected = "beginning, latest, a span before now such as 90m, 12h, 30d or 4w, or an ISO 8601 time"
        raise click.BadParameter(f"expected {expected}, found '{text}'") from error
    return to_milliseconds(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def parse_duration(_context: click.Context, _parameter: click.Parameter, text: str) -> int:
    """Parse a duration into milliseconds.

    Raises
    ------
    click.BadParameter
        If it is none.
    """
    found = re.fullmatch(r"([1-9]\d{0,4})([smhdw])", text)
    if found is None:
        raise click.BadParameter(f"expected a time such as 45m, 2h, 3d or 1w, found '{text}'")
    return 1_000 * int(found[1]) * ({"s": 1} | SECONDS)[found[2]]
