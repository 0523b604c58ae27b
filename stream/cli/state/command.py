"""`streamgauge state`: the group of its commands."""

from __future__ import annotations

import click

from stream.cli.groups import SuggestingGroup
from stream.cli.state.adopt import adopt
from stream.cli.state.migrate import migrate
from stream.cli.state.repartition import repartition


@click.group(cls=SuggestingGroup)
def command() -> None:
    """Keep what the workers of an app id have learned, where a version, a topic or its partitions have changed.

    Stop all workers of the app id first.
    """


command.add_command(migrate)
command.add_command(repartition)
command.add_command(adopt)
