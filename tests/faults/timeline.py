"""Timeline of a campaign: what was done when, for the terminal and for whoever looks into a finding."""

from __future__ import annotations

import time
from collections.abc import Callable


class Timeline:
    """Events with their seconds since the start.

    Parameters
    ----------
    report : callable
        Receives each line as it comes.

    Attributes
    ----------
    lines : list of str
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._start_s = time.monotonic()
        self.lines: list[str] = []

    @property
    def now_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start_s

    def add(self, text: str) -> None:
        """Note an event."""
        line = f"{self.now_s:7.1f} s  {text}"
        self.lines.append(line)
        self._report(line)
