"""Command groups that import a subcommand when called, and suggest the nearest of a misspelt one."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NamedTuple

import click

from stream.errors import INTERRUPTED_EXIT_CODE
from stream.terminal import fitted

PREFIX = "Error: "
"""What click puts before an error."""


class SuggestingGroup(click.Group):
    """A click group with suggestions for misspelt names."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve the subcommand that the first argument names.

        Raises
        ------
        click.UsageError
            If there is none; with a suggestion, or the list of subcommands.
        """
        name = args[0]
        if name.startswith("-") or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        sentence = fitted(f"{PREFIX}No such command '{name}'{self._suggestion(ctx, name)}", sys.stderr)
        raise click.UsageError(sentence.removeprefix(PREFIX), ctx)

    def _suggestion(self, ctx: click.Context, name: str) -> str:
        commands = self.list_commands(ctx)
        extension = name.rpartition(".")[2].lower()
        if extension in commands:  # A file in the place of the command that reads such files.
            return f"; did you mean `{ctx.command_path} {extension} {name}`?"
        matches = get_close_matches(name.lower(), commands, n=1)
        return f"; did you mean `{matches[0]}`?" if matches else f"; expected one of {', '.join(commands)}"


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
