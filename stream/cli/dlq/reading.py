"""Options and topic reading that the `dlq` commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import click

from stream.cli.dlq.inventory import Chosen, Inventory
from stream.cli.echo import echo, progress
from stream.cli.options import parse_moment
from stream.kafka.topics.offset_range import Moment, NoMessagesError, TopicRange, open_range
from stream.settings.settings import Settings

R = TypeVar("R")


def chosen_options(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options that choose dead letters."""
    command = click.option(
        "--to", "end", default="latest", show_default=True, callback=parse_moment, metavar="SPAN|TIME",
        help="Put aside before then.",
    )(command)  # fmt: skip
    command = click.option(
        "--from", "start", default="beginning", show_default=True, callback=parse_moment, metavar="SPAN|TIME",
        help="Put aside since then; SPAN is such as 90m, 12h, 30d, TIME is ISO 8601, UTC without offset.",
    )(command)  # fmt: skip
    return click.option(
        "--reason", "reasons", multiple=True, metavar="REASON", help="Only of this reason; may be given several times."
    )(command)


def choose(reasons: tuple[str, ...], end: Moment) -> Chosen:
    """Return which dead letters are asked for."""
    return Chosen(reasons, end if isinstance(end, int) else None)


def take_inventory(messages: TopicRange, chosen: Chosen, report: Callable[[float], None]) -> Inventory:
    """Count what a range of the dead-letter topic holds; `report` is told which part is read, 0 to 1."""
    inventory = Inventory(chosen)
    for records, n_left in messages.batches():
        inventory.add(records)
        report(1 - n_left / messages.size)
    return inventory


def read_inventory(settings: Settings, start: Moment, chosen: Chosen) -> Inventory:
    """Count what was dead-lettered since `start`; nothing where the topic is empty.

    Raises
    ------
    StreamgaugeError
        If there is no connection, or no such topic.
    """
    try:
        with (
            open_range(settings, settings.dead_letters, start, "latest", partial(echo, err=True)) as messages,
            progress(f"reading {settings.dead_letters}") as report,
        ):
            return take_inventory(messages, chosen, report)
    except NoMessagesError:
        return Inventory(chosen)
