"""Command groups that import a subcommand when called."""

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
    """A click group with lazily imported subcommands.

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
        """Run the subcommand; exit as shells do after Ctrl-C."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED_EXIT_CODE)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return subcommand names in the documented order."""
        return list(self._subcommands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a subcommand; None if unknown."""
        if cmd_name not in self._subcommands or cmd_name in self.commands:
            return self.commands.get(cmd_name)
        command: click.Command = import_module(self._subcommands[cmd_name].module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.text) for name, each in self._subcommands.items()])
