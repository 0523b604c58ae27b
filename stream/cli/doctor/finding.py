"""A finding of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import click

_LEVELS = {
    "ok": click.style("ok  ", fg="green"),
    "warn": click.style("warn", fg="yellow"),
    "fail": click.style("fail", fg="red", bold=True),
}


COLUMN = 15
"""Where the text of a finding begins on a terminal."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    about: str
    level: Literal["ok", "warn", "fail"]
    text: str
    """What was found and what to do, in one line."""
    exit_code: int = 0
    """That of the command when this is its first failure."""
    toml: str = ""
    """Lines for the file of `--config`, if that is what to do."""

    def line(self) -> str:
        """Write it for a terminal."""
        more = "".join(f"\n{'':{COLUMN}}{line}" for line in self.toml.splitlines())
        return f"{_LEVELS[self.level]} {self.about:9} {self.text}{more}"

    def to_json(self) -> dict[str, str]:
        """Return the finding as plain JSON."""
        toml = {"toml": self.toml} if self.toml else {}
        return {"about": self.about, "level": self.level, "text": self.text, **toml}
