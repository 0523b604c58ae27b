"""Command groups that suggest the nearest subcommand."""

from __future__ import annotations

import sys
from difflib import get_close_matches

import click

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
