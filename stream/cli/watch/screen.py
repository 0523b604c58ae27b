"""Screen of `streamgauge watch`: paints changed lines, reads keys."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import tty
from typing import Any, Final, Self

from rich.console import Console
from rich.text import Text

NAMES: Final = {"\x1b[A": "up", "\x1b[B": "down", "\x1bOA": "up", "\x1bOB": "down", "\r": "\n"}
"""Names of keys by what a terminal sends for them."""

_KEY: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|.", re.DOTALL)


class TerminalScreen:
    """The alternate screen of a terminal, as a context.

    Only lines that have changed are written. Without a terminal as input there are no keys.

    Parameters
    ----------
    news : int
        File descriptor that becomes readable when there is something new to draw.
    """

    def __init__(self, console: Console, news: int) -> None:
        self._console, self._news = console, news
        self._painted: list[str] = []
        self._size = (0, 0)
        self._has_keys = sys.stdin.isatty()
        self._before: list[Any] = []

    def __enter__(self) -> Self:
        """Take the screen and the keyboard."""
        if self._has_keys:
            self._before = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin)
        self._console.set_alt_screen(True)
        self._console.show_cursor(False)
        return self

    def __exit__(self, *_: object) -> None:
        """Return both as they were."""
        self._console.show_cursor(True)
        self._console.set_alt_screen(False)
        if self._has_keys:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)

    def paint(self, text: Text) -> None:
        """Show a text instead of what is shown."""
        size = (self._console.width, self._console.height)
        if size != self._size:
            self._painted, self._size = [], size
            self._console.file.write("\x1b[2J")
        with self._console.capture() as capture:
            self._console.print(text, no_wrap=True, crop=True, end="")
        lines = capture.get().split("\n")[: self._console.height]
        changes = [
            f"\x1b[{n + 1};1H{line}\x1b[0m\x1b[K"
            for n, line in enumerate(lines)
            if n >= len(self._painted) or line != self._painted[n]
        ]
        if len(lines) < len(self._painted):
            changes.append(f"\x1b[{len(lines) + 1};1H\x1b[J")
        self._painted = lines
        if changes:
            self._console.file.write("".join(changes))
            self._console.file.flush()

    def wait(self, timeout_s: float) -> str:
        """Wait for news or keys; return the keys pressed."""
        ready, _, _ = select.select([self._news, *([sys.stdin] if self._has_keys else [])], [], [], timeout_s)
        if self._news in ready:
            os.read(self._news, 4096)
        return os.read(sys.stdin.fileno(), 64).decode(errors="replace") if sys.stdin in ready else ""


def keys(typed: str) -> list[str]:
    """Split what a terminal sent into keys; unknown ones are left out."""
    found = [NAMES.get(key, key) for key in _KEY.findall(typed)]
    return [key for key in found if len(key) == 1 or key in NAMES.values()]
