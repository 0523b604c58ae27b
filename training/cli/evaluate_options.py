"""Options and progress that the reports of `streamgauge evaluate` have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

R = TypeVar("R")


def report_options(markdown: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Add `--model`, `--json` and `--markdown`.

    Parameters
    ----------
    markdown : str
        Help of the last: which page has the table.
    """

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        model = "Bundle of a forecaster.  [default: the one in the package]"
        function = click.option("--markdown", "as_markdown", is_flag=True, help=markdown)(function)
        function = click.option("--json", "as_json", is_flag=True, help="Print every number as JSON.")(function)
        return click.option("--model", type=click.Path(path_type=Path), help=model)(function)

    return decorate


@contextmanager
def points_progress(n_points: int) -> Iterator[Callable[[int], None]]:
    """Show how many points are scored; yields a function that takes how many more."""
    columns = (TextColumn("points"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=n_points)
        yield lambda n_more: bar.advance(task, n_more)
