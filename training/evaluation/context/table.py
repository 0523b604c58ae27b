"""The table: faults found with the model and without, for a terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from training.evaluation.context.tally import AGES, ContextTally
from training.evaluation.tables import draw_table, markdown_table

COLUMNS = ("", "planted", "found", "without a model")
ALL = "all faults"


def terminal(model: ContextTally, last_value: ContextTally) -> Table:
    """Draw the table for a terminal."""
    return draw_table(COLUMNS, _rows(model, last_value))


def markdown(model: ContextTally, last_value: ContextTally) -> str:
    """Write the table for the documentation."""
    rows = ((f"**{name}**" if name == ALL else name, *cells) for name, *cells in _rows(model, last_value))
    return "\n".join(markdown_table(COLUMNS, rows))


def _rows(model: ContextTally, last_value: ContextTally) -> Iterator[tuple[str, ...]]:
    for fault, planted in model.planted.items():
        shares = (f"{100 * each.found[fault] / planted:.0f} %" for each in (model, last_value))
        yield fault.replace("_", " "), str(planted), *shares
    n_planted = sum(model.planted.values())
    yield ALL, str(n_planted), *(f"{100 * each.found_share:.1f} %" for each in (model, last_value))
    for age in AGES:
        rates = (f"{each.false_per_10k(age):.2f}" for each in (model, last_value))
        yield f"false alarms per 10,000 clean points, {age}", "", *rates
