"""Lines, progress and questions for people."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from stream.terminal import fitted


def echo(text: str, *, indent: int = 0, err: bool = False) -> None:
    """Print text, wrapped between words on a terminal."""
    click.echo(fitted(text, sys.stderr if err else sys.stdout, indent), err=err)


@contextmanager
def progress(what: str) -> Iterator[Callable[[float], None]]:
    """Show which part is done, 0 to 1, on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda part: bar.update(task, completed=part)


def suggest(wanted: str, known: Iterable[str], otherwise: str, n_most: int = 3) -> str:
    """Name what is nearest to a name that is not known; `otherwise` where nothing is near."""
    nearest = get_close_matches(wanted, known, n=n_most)
    return f"did you mean {', '.join(nearest)}?" if nearest else otherwise


def confirm(items: Sequence[str], question: str, verb: str, yes: bool) -> None:
    """List items and ask; abort the command on no.

    Parameters
    ----------
    items : sequence of str
        What the question is about.
    verb : str
        What `--yes` does without a question.
    yes : bool
        Whether that was given.

    Raises
    ------
    click.UsageError
        If nobody is there to answer.
    """
    if yes:
        return
    for item in items:
        echo(f"  {item}", indent=4, err=True)
    if not sys.stdin.isatty():
        raise click.UsageError(f"nobody is there to be asked: --yes {verb} without a question")
    click.confirm(question, abort=True, err=True)
