"""Control records of the commands: their options, who sent them, and how they are shown."""

from __future__ import annotations

import getpass
import json
import socket
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, TypedDict

import click
import msgspec

from stream.cli.echo import echo
from stream.control.reader import read_control
from stream.control.records import ControlRecord
from stream.control.view import ControlView
from stream.events.text import format_date_time
from stream.settings.rules import Rule
from stream.settings.settings import Settings

IN_FORCE: Final = "in force on every worker within 2 s"

by_option = click.option("--by", default=None, metavar="NAME", help="Who decides this.  [default: you@this machine]")
why_option = click.option("--why", default="", metavar="TEXT", help="Why, for those who find it later.")


class Signed(TypedDict):
    """Who sends a record, when and why."""

    by: str
    at: int
    why: str


def to_json(record: ControlRecord) -> dict[str, Any]:
    """Return a record as on the topic."""
    document: dict[str, Any] = msgspec.to_builtins(record)
    return document


def moment(timestamp_ms: int) -> str:
    """Format a time to the minute, in UTC."""
    return f"{format_date_time(timestamp_ms)} UTC"


def fields(rule: Rule) -> dict[str, Any]:
    """Return the fields that a rule gives, as they are written."""
    written: dict[str, Any] = rule.model_dump(mode="json", by_alias=True, exclude_none=True)
    return written


def assignments(written: dict[str, Any]) -> str:
    """Format fields of a rule but for what it matches."""
    return ", ".join(f"{name} = {value}" for name, value in written.items() if name not in ("match", "feature"))


def signature(record: ControlRecord) -> str:
    """Format who sent a record, when and why."""
    return f"by {record.by}, {moment(record.at)}" + (f": {record.why}" if record.why else "")


def signed(by: str | None, why: str) -> Signed:
    """Return who sends a record, why, and the time now."""
    return Signed(by=by or _user(), at=now_ms(), why=why)


def now_ms() -> int:
    """Return ms since the epoch."""
    return time.time_ns() // 1_000_000


def report(facts: Mapping[str, object], sentence: str, as_json: bool) -> None:
    """Print what was done, for a program or for people."""
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        echo(sentence)


def _user() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # A container's user need not have a name.
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def read_view(settings: Settings) -> ControlView:
    """Read what is in force; print ignored records to stderr."""
    return read_control(settings, partial(echo, err=True))
