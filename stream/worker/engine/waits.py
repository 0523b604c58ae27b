"""What the engine is waiting for, so that whatever hangs has a name while it does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

HANG_AFTER_S = 3.0
"""A wait of so long is told; a checkpoint takes some hundredths of a second, of 50,000 changed series one second."""


class Hang(NamedTuple):
    """What has not come for too long, and for how long."""

    what: str
    seconds: float


@dataclass(eq=False)
class Wait:
    """One thing that is waited for; `what` may become more precise meanwhile, `is_whole` if others are part of it."""

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
        """Note that it has come, or is waited for no longer."""
        self._open.remove(wait)

    @contextmanager
    def on(self, what: str, *, is_whole: bool = False) -> Iterator[Wait]:
        """Note that something is waited for until the block ends."""
        wait = self.begin(what, is_whole=is_whole)
        try:
            yield wait
        finally:
            self.end(wait)

    def hang(self) -> Hang | None:
        """Give the latest wait, parts before wholes, if the oldest has lasted for longer than `HANG_AFTER_S`."""
        if not self._open:
            return None
        seconds = time.monotonic() - self._open[0].since_s
        latest = ([wait for wait in self._open if not wait.is_whole] or self._open)[-1]
        return Hang(latest.what, seconds) if seconds > HANG_AFTER_S else None
