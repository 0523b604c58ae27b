"""What shows the progress and the outcome of the demo: for a person, or as JSON lines."""

from __future__ import annotations

import json
from typing import Protocol

import click
from msgspec import UNSET
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from stream.cli.demo.scene.results import is_alarm
from stream.cli.demo.summary import Summary, show
from stream.cli.watch.detail import SEVERITY_STYLES, number
from stream.events.episodes import EpisodeEvent, encode_episode
from stream.events.text import format_time
from stream.terminal import wrap

HEADING = "time (UTC)    severity   score  series, and why"
WHY_COLUMN = 14
"""Where the reason of an alarm begins, below its severity."""


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


class JsonLines:
    """Reports in JSON; notes for people are left out."""

    def note(self, text: str) -> None:
        """Print nothing."""

    def progress(self, n_done: int, n_points: int) -> None:
        """Print nothing."""

    def episode(self, episode: EpisodeEvent) -> None:
        """Print the event as it is on the topic."""
        click.echo(encode_episode(episode))

    def finish(self, summary: Summary) -> None:
        """Print the summary object, the only one with `summary`."""
        click.echo(json.dumps({"summary": summary.as_json()}))

    def close(self) -> None:
        """There is nothing to tidy."""


class Screen:
    """Prints episodes as they open, above a progress bar.

    Bar and colours appear on a terminal alone.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("scored"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("points"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("scored", total=None, visible=False)
        self._heading_due = True

    def note(self, text: str) -> None:
        """Print a sentence about the demo itself."""
        self._print(text, "dim")

    def progress(self, n_done: int, n_points: int) -> None:
        """Move the bar."""
        self._bar.start()
        self._bar.update(self._task, completed=n_done, total=n_points, visible=True)

    def episode(self, episode: EpisodeEvent) -> None:
        """Print an episode that opens, escalates or alerts again."""
        if not is_alarm(episode):
            return
        if self._heading_due:
            self._print(f"\n{HEADING}", "bold")
            self._heading_due = False
        self._print(heading(episode))
        if episode.why is not UNSET:
            self._print(f"{'':{WHY_COLUMN}}{episode.why}", indent=WHY_COLUMN)

    def finish(self, summary: Summary) -> None:
        """Put the summary in the place of the bar."""
        self._bar.stop()
        show(summary, self._console)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()

    def _print(self, text: str | Text, style: str | None = None, indent: int = 0) -> None:
        if isinstance(text, str) and self._console.is_terminal:
            text = wrap(text, self._console.width, indent)
        self._console.print(text, style=style, soft_wrap=True, markup=False, highlight=False)


def heading(episode: EpisodeEvent) -> Text:
    """Format time, severity and series of an episode."""
    return Text.assemble(
        f"{format_time(episode.timestamp):<{WHY_COLUMN}}",
        (f"{episode.severity:<8}", SEVERITY_STYLES[episode.severity]),
        f" {number(episode.score):>7}  ",
        (episode.series, "bold"),
    )
