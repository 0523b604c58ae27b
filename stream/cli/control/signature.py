"""Options of every record that a command sends: who, why."""

from __future__ import annotations

import getpass
import json
import socket
import time
from collections.abc import Mapping
from typing import Final

import click

from stream.cli.echo import echo

IN_FORCE: Final = "in force on every worker within 2 s"

by_option = click.option("--by", default=None, metavar="NAME", help="Who decides this.  [default: you@this machine]")
why_option = click.option("--why", default="", metavar="TEXT", help="Why, for those who find it later.")
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def signed(by: str | None, why: str) -> SentBy:
    """Return who sends a record, why, and the time now."""
    return SentBy(by or _user(), now_ms(), why)


class SentBy:
    """Who sent a record, when and why."""

    def __init__(self, by: str, at: int, why: str) -> None:
        self.by, self.at, self.why = by, at, why


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
