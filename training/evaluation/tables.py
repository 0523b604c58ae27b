"""Tables of a benchmark's results, for a terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table


def draw_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], n_texts: int = 1, caption: str | None = None
) -> Table:
    """Draw a table for a terminal; columns after the first `n_texts` hold numbers."""
    table = Table(*header, box=None, caption=caption, caption_justify="left", pad_edge=False)
    for column in table.columns[n_texts:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*row)
    return table


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]], n_texts: int = 1) -> list[str]:
    """Return the lines of a table for the documentation."""
    rule = ["---"] * n_texts + ["---:"] * (len(header) - n_texts)
    return [f"| {' | '.join(cells)} |" for cells in (header, rule, *rows)]
