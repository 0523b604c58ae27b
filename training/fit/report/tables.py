"""The tables of a fit for the terminal: what the audit found, and how the two models compare."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from training.fit.data.audit import Audit

if TYPE_CHECKING:
    from training.fit.comparison.comparison import Comparison, Figures

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
        times = (_spell_time(moment) for moment in (found.start_ms, found.end_ms))
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
        table.add_row(Text(row.series), "shipped", *_cells(row.shipped))
        table.add_row("", "yours", *_cells(row.yours), end_section=True)
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


def _cells(figures: Figures) -> list[str]:
    errors = ["" if error is None else f"{error:.4g}" for error in (figures.rmse, figures.mae)]
    return [f"{figures.log_likelihood:.3f}", *errors, f"{figures.n_alarms:,}", f"{figures.alarms_per_10000:.1f}"]


def _spell_time(timestamp_ms: int | None) -> str:
    if timestamp_ms is None:
        return ""
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).strftime("%Y-%m-%d")
