"""What a person sees of a fit: bars on stderr while it works, tables and advice on stdout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from stream.events.text import format_date_time
from stream.history.points import HistorySource
from training.fit.data.audit import Audit
from training.fit.data.data import Account, Report

if TYPE_CHECKING:
    from training.fit.comparison.comparison import Comparison
    from training.fit.fitting import Progress as FitProgress

N_SHOWN = 30
"""Series in a table; those with findings come first."""

UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))


def audit_table(audits: list[Audit]) -> Table:
    """Show each series with what was found; ruled out ones first, then those with remarks."""
    title = f"audit: {sum(found.ruled_out is None for found in audits):,} of {len(audits):,} series can be used"
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in ("series", "points", "from", "to", "interval", "found"):
        numbers = column in ("points", "interval")
        fold = column in ("series", "found")
        table.add_column(column, justify="right" if numbers else "left", overflow="fold", no_wrap=not fold)
    ordered = sorted(audits, key=lambda found: (found.ruled_out is None, not found.remarks))
    for found in ordered[:N_SHOWN]:
        interval = "" if found.interval_s is None else spell_span(found.interval_s)
        times = ("" if at is None else format_date_time(at)[:10] for at in (found.start_ms, found.end_ms))
        table.add_row(Text(found.series), f"{found.n_points:,}", *times, interval, _finding(found))
    if len(ordered) > N_SHOWN:
        table.caption = f"and {len(ordered) - N_SHOWN:,} more; --json has all"
        table.caption_justify = "left"
    return table


def comparison_table(comparison: Comparison) -> Table:
    """Show both models on the held-out points of each series, and on all."""
    title = f"on the last {comparison.total.n_points:,} points, which nothing was learned from"
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("series", overflow="fold")
    table.add_column("model")
    for column in ("log likelihood", "RMSE", "MAE", "alarms", "per 10,000"):
        table.add_column(column, justify="right", no_wrap=True)
    rows = [*comparison.rows[:N_SHOWN], *([comparison.total] if len(comparison.rows) > 1 else [])]
    for row in rows:
        table.add_row(Text(row.series), "shipped", *row.shipped.cells())
        table.add_row("", "yours", *row.yours.cells(), end_section=True)
    hidden = len(comparison.rows) - N_SHOWN
    more = f"{hidden:,} more series: --json has all\n" if hidden > 0 else ""
    table.caption = f"{more}log likelihood: nats a point, higher is better; RMSE, MAE in the metric's unit"
    table.caption_justify = "left"
    return table


def spell_span(seconds: float) -> str:
    """Write a span of time in its largest fitting unit."""
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= size), UNITS[-1])
    return f"{seconds / size:.4g} {unit}"


def _finding(found: Audit) -> Text:
    if found.ruled_out is not None:
        return Text("; ".join([f"NOT USED: {found.ruled_out}", *found.remarks]), style="red")
    return Text("; ".join(found.remarks), style="yellow") if found.remarks else Text("nothing wrong", style="green")


class Screen:
    """The terminal.

    Parameters
    ----------
    progress, results : rich.console.Console
        For the bars and lines of work in progress, and for what came out.
    """

    def __init__(self, progress: Console, results: Console) -> None:
        self._progress = progress
        self._results = results

    def message(self, line: str) -> None:
        """Write a line on the work."""
        self._progress.print(line, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def reading(self) -> Iterator[Callable[[HistorySource], Report]]:
        """Show a bar for each source."""
        with self._bars("{task.fields[n_points]:,} points") as bars:

            def watch(source: HistorySource) -> Report:
                task = bars.add_task(source.name, total=source.size, n_points=0)
                return lambda done, n_points: bars.update(task, completed=done, n_points=n_points)

            yield watch

    @contextmanager
    def counting(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show a bar that counts points."""
        with self._bars("{task.completed:,.0f} of {task.total:,.0f} points") as bars:
            task = bars.add_task(what, total=total)
            yield lambda done: bars.update(task, completed=done)

    @contextmanager
    def fitting(self, n_epochs: int) -> Iterator[Callable[[FitProgress], None]]:
        """Show a bar of the epochs, and a line for each that is the best so far."""
        with self._bars("epoch {task.completed:.0f} of at most {task.total:.0f}  {task.fields[losses]}") as bars:
            task = bars.add_task("learning", total=n_epochs, losses="")
            yield lambda fit: self._show_epoch(bars, task, fit)

    def show_data(self, accounts: list[Account], audits: list[Audit]) -> None:
        """Show what was read and what the audit found."""
        for account in accounts:
            notes = [f"{account.source}: {account.n_points:,} points"]
            notes += [f"{account.n_missing:,} rows without a value"] if account.n_missing else []
            notes += [f"{account.n_bad:,} left out that cannot be read"] if account.n_bad else []
            self._results.print("; ".join(notes), highlight=False, markup=False, soft_wrap=True)
        self._results.print(audit_table(audits))

    def show_comparison(self, comparison: Comparison, advice: list[str], files: list[str]) -> None:
        """Show the figures, which model to run, and where to read on."""
        self.show_outcome(comparison_table(comparison), advice, files)

    def show_outcome(self, table: Table, advice: list[str], files: list[str]) -> None:
        """Show a table, what it means, and where to read on."""
        self._results.print(table)
        for sentence in (*advice, f"\nSee {', '.join(files)}"):
            self._results.print(sentence, highlight=False, markup=False, soft_wrap=True)

    def _show_epoch(self, bars: Progress, task: TaskID, fit: FitProgress) -> None:
        loss, validation = fit.losses[-1]
        best = fit.losses[fit.best_epoch][1]
        shown = "" if loss is None else f"training {loss:.4g}, "
        losses = f"{shown}validation {validation:.4g}, best {best:.4g} (epoch {fit.best_epoch})"
        bars.update(task, completed=fit.n_epochs, losses=losses)
        if not self._progress.is_terminal:
            self.message(f"epoch {fit.n_epochs}: {losses}")

    @contextmanager
    def _bars(self, text: str) -> Iterator[Progress]:
        columns = (BarColumn(bar_width=20), TextColumn(text), TimeElapsedColumn(), TimeRemainingColumn())
        disable = not self._progress.is_terminal
        with Progress(TextColumn("{task.description}"), *columns, console=self._progress, disable=disable) as bars:
            yield bars
