"""What every source of history has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from stream.history.points import History

Report = Callable[[int], None]
"""Receives again and again how much has been read, in the units of the source's size."""


class Source(Protocol):
    """Something that has points of the past."""

    @property
    def name(self) -> str:
        """Name for people: file, topic with its range, or address."""
        ...

    @property
    def size(self) -> int:
        """How much there is to read: bytes, rows, messages or queries."""
        ...

    def read(self, history: History, report: Report) -> None:
        """Add every point to a history.

        Raises
        ------
        StreamgaugeError
            If it cannot be read as what it was said to be.
        """
        ...
