"""Durations on the command line, such as 90m or 2h."""

from __future__ import annotations

import re

import click

from stream.settings.values import UNITS_MS

WEEK_MS = 604_800_000


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
    return int(found[1]) * (UNITS_MS | {"w": WEEK_MS})[found[2]]
