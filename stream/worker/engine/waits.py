"""What the engine waits for, named while it hangs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

HANG_AFTER_S = 3.0
"""A wait of so long is told; a checkpoint takes some hundredths of a second, of 50,000 changed series one second."""


class Hang(NamedTuple):
    """What is overdue, and for how long."""

    what: str
    seconds: float


@dataclass(eq=False)
class Wait:
    """One pending wait; `is_whole` if others are part of it."""

    what: str
    is_whole: bool = False
    since_s: float = field(default_factory=time.monotonic)


class Waits:
    """All that is waited for now, the oldest first."""

    def __init__(self) -> None:
        self._open: list[Wait] = []

    def begin(self, what: str, *, is_whole: bool = False) -> Wait:
        """Note that something is waited for from now on."""
        wait = Wait(what, is_whole)
        self._open.append(wait)
        return wait

    def end(self, wait: Wait) -> None:
        """Note the end of a wait."""
        self._open.remove(wait)

    @contextmanager
    def on(self, what: str, *, is_whole: bool = False) -> Iterator[Wait]:
        """Note a wait for the duration of a block."""
        wait = self.begin(what, is_whole=is_whole)
        try:
            yield wait
        finally:
            self.end(wait)

    def hang(self) -> Hang | None:
        """Return the latest wait if the oldest is overdue."""
        if not self._open:
            return None
        seconds = time.monotonic() - self._open[0].since_s
        latest = ([wait for wait in self._open if not wait.is_whole] or self._open)[-1]
        return Hang(latest.what, seconds) if seconds > HANG_AFTER_S else None
