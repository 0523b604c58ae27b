"""The demo as JSON lines, for programs."""

from __future__ import annotations

import json

import click

from stream.cli.demo.summary import Summary
from stream.events.episodes import EpisodeEvent, encode_episode


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
