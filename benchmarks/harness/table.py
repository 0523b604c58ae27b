"""Tables of figures: on the terminal, in JSON, and as Markdown for the docs."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

import rich.box
import rich.table

from benchmarks.harness.process import Measured


class Table(NamedTuple):
    """A table as it is shown.

    Attributes
    ----------
    headers : sequence of str
        The first column is text, the others are figures.
    rows : sequence of sequences of str
    note : str
        How it was measured, in a sentence.
    """

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str

    def markdown(self) -> str:
        """Write it for a page of the docs."""
        rule = ["---", *["---:"] * (len(self.headers) - 1)]
        lines = [self.headers, rule, *self.rows]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

    def terminal(self) -> rich.table.Table:
        """Draw it for a terminal."""
        table = rich.table.Table(box=rich.box.SIMPLE_HEAD, pad_edge=False, padding=0)
        for at, header in enumerate(self.headers):
            narrowest = max(map(len, header.split()), default=0)
            table.add_column(header, justify="right" if at else "left", min_width=narrowest, overflow="fold")
        for row in self.rows:
            table.add_row(*row)
        return table


def medians(passes: Sequence[Measured]) -> tuple[float, float]:
    """Return the medians of points a second and of CPU in microseconds a point."""
    rates, costs = ([getattr(each, name) for each in passes] for name in ("points_per_s", "cpu_us"))
    return statistics.median(rates), statistics.median(costs)


def short(value: float) -> str:
    """Write a figure with three digits or so, and commas between thousands."""
    if math.isnan(value):
        return "too short"
    magnitude = abs(value)
    digits = 0 if magnitude >= 100 else 1 if magnitude >= 10 else 2
    return f"{value:,.{digits}f}"
