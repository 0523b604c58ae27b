"""The audience: who is told how the demo goes."""

from __future__ import annotations

from typing import Protocol

from stream.cli.demo.summary import Summary
from stream.events.episodes import Episode


class Audience(Protocol):
    """Hears of everything once, in the order in which it happens."""

    def say(self, text: str) -> None:
        """Hear a sentence about the demo itself."""

    def progress(self, n_done: int, n_points: int) -> None:
        """Hear how many of all points are done."""

    def episode(self, episode: Episode) -> None:
        """Hear of an event of an episode."""

    def conclude(self, summary: Summary) -> None:
        """Hear what came of it."""

    def close(self) -> None:
        """Leave, whether or not the demo came to its end."""
