"""What shows the progress and the outcome of the demo."""

from __future__ import annotations

from typing import Protocol

from stream.cli.demo.summary import Summary
from stream.events.episodes import EpisodeEvent


class Reporter(Protocol):
    """Receives everything once, in the order in which it happens."""

    def note(self, text: str) -> None:
        """Show a sentence about the demo itself."""

    def progress(self, n_done: int, n_points: int) -> None:
        """Show how many of all points are done."""

    def episode(self, episode: EpisodeEvent) -> None:
        """Show an event of an episode."""

    def finish(self, summary: Summary) -> None:
        """Show the summary."""

    def close(self) -> None:
        """Clean up, whether or not the demo came to its end."""
