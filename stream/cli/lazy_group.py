"""Groups of commands whose modules are imported when they are called, and not before."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import click

from stream.cli.suggesting_group import SuggestingGroup
from stream.errors import INTERRUPTED_EXIT_CODE


class Subcommand(NamedTuple):
    """Where a subcommand is, and what it does."""

    module: str
    text: str


class LazyGroup(SuggestingGroup):
    """A click group that imports a subcommand's module when that subcommand is called.

    A subcommand that is added to the group as click does it needs no module of its own.

    Parameters
    ----------
    subcommands : dict of str to Subcommand
        In the order in which a newcomer meets them. In its module each is called `command`.
    attributes : Any
        Those of every click group.
    """

    def __init__(self, *, subcommands: dict[str, Subcommand], **attributes: Any) -> None:
        super().__init__(**attributes)
        self._subcommands = subcommands

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; after Ctrl-C the exit code is the one that shells give, not click's 1."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED_EXIT_CODE)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the subcommands in the order in which a newcomer meets them."""
        return list(self._subcommands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a subcommand, its module imported unless it was added; None if there is none of that name."""
        if cmd_name not in self._subcommands or cmd_name in self.commands:
            return self.commands.get(cmd_name)
        command: click.Command = import_module(self._subcommands[cmd_name].module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.text) for name, each in self._subcommands.items()])
