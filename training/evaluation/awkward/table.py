"""The table of what became of each kind: for a terminal, for the documentation, for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any, Final

import numpy as np
from rich.table import Table

from stream.detection.policy.policy import Transform
from training.evaluation.awkward.kinds import Kind
from training.evaluation.awkward.measure import KindTally
from training.evaluation.tables import draw_table, markdown_table

COLUMNS = ("kind", "rule", "300 to 1k", "1k to 4k", "from 4k", "found")
N_TEXTS = 2
CAPTION = "Alarms in 10,000 points by the points that the key has seen, and planted events found."
NOTHING_SCORED = "-"

WIDTH: Final = 118
"""Columns of the list in the documentation."""


def terminal(kinds: Sequence[Kind], tallies: Sequence[KindTally]) -> Table:
    """Draw the table for a terminal."""
    return draw_table(COLUMNS, _rows(kinds, tallies), N_TEXTS, CAPTION)


def markdown(kinds: Sequence[Kind], tallies: Sequence[KindTally]) -> str:
    """Write the table for the documentation, and under it what each kind is and what to do about it."""
    lines = [*markdown_table(COLUMNS, _rows(kinds, tallies), N_TEXTS), "", CAPTION, ""]
    for name in dict.fromkeys(kind.name for kind in kinds):
        first = next(kind for kind in kinds if kind.name == name)
        lines += wrap(f"- **{name}**: {first.description}. {first.advice}", WIDTH, subsequent_indent="  ")
    return "\n".join(lines)


def record(kinds: Sequence[Kind], tallies: Sequence[KindTally], seeds: Sequence[int]) -> dict[str, Any]:
    """Return every number as plain JSON."""
    return {
        "seeds": list(seeds),
        "kinds": [
            {
                "kind": kind.name,
                "transform": kind.series_policy.transform.name.lower(),
                "points": tally.n_scored.tolist(),
                "alarms": tally.n_alarms.tolist(),
                "planted": tally.n_events,
                "found": tally.n_found,
                "not_finite": tally.n_not_finite,
                "refused": tally.n_refused,
            }
            for kind, tally in zip(kinds, tallies, strict=True)
        ],
    }


def _rows(kinds: Sequence[Kind], tallies: Sequence[KindTally]) -> Iterator[list[str]]:
    for kind, tally in zip(kinds, tallies, strict=True):
        transform = kind.series_policy.transform
        alarms = [NOTHING_SCORED if np.isnan(each) else f"{each:.1f}" for each in tally.alarms_per_10k]
        found = f"{tally.n_found} of {tally.n_events}" if tally.n_scored.any() else "refused"
        yield [kind.name, "" if transform == Transform.NONE else transform.name.lower(), *alarms, found]
