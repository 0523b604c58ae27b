"""The table: precision, recall and false alerts by set and sensitivity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from training.evaluation.tables import draw_table, markdown_table
from training.evaluation.telemetry.measure import Counted
from training.evaluation.telemetry.tally import AlertTally

COLUMNS = ("set", "sensitivity", "counted", "precision", "recall", "F1", "false per 10,000 rows", "found")
N_TEXTS = 3
Results = Mapping[tuple[str, str], Counted]


def terminal(results: Results) -> Table:
    """Draw the table for a terminal."""
    return draw_table(COLUMNS, _rows(results), N_TEXTS)


def markdown(results: Results) -> str:
    """Write the table for the documentation."""
    return "\n".join(markdown_table(COLUMNS, _rows(results), N_TEXTS))


def record(results: Results) -> list[dict[str, Any]]:
    """Return every number as plain JSON."""
    return [
        {
            "set": name,
            "sensitivity": sensitivity,
            "opened": counted.opened._asdict(),
            "alarms": counted.alarms._asdict(),
        }
        for (name, sensitivity), counted in results.items()
    ]


def _rows(results: Results) -> Iterator[list[str]]:
    for (name, sensitivity), counted in results.items():
        yield [name, sensitivity, "episodes", *_cells(counted.opened)]
        yield ["", "", "alarms", *_cells(counted.alarms)]


def _cells(counts: AlertTally) -> list[str]:
    shares = (f"{each:.2f}" for each in (counts.precision, counts.recall, counts.f1))
    return [*shares, f"{counts.false_per_10k:.1f}", f"{counts.found} of {counts.incidents}"]
