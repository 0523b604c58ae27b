"""The tally: faults found by kind, false alarms on the clean twins by age, and the table of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rich.table import Table

from stream.detection.arrays import Int64
from training.evaluation.context.suite import DAY_S, Case
from training.evaluation.tables import draw_table, markdown_table

WARMUP: Final = 300
"""Records in which nothing can alarm, and so nothing is counted; the product's default."""

GRACE_S: Final = 3600
"""Seconds after a fault in which a page still counts as its own; one record at least."""

WEEK_S: Final = 7 * DAY_S
AGES: Final = {"weeks 1 and 2": (0, 2), "weeks 3 to 6": (2, 6), "all": (0, 6)}
"""Ages of a key, in weeks, that false alarms are counted by."""

COLUMNS = ("", "planted", "found", "without a model")
ALL = "all faults"


@dataclass(frozen=True, slots=True)
class ContextTally:
    """What was found and what was not."""

    found: dict[str, int]
    planted: dict[str, int]
    """By fault."""
    false_alarms: dict[str, int]
    clean_points: dict[str, int]
    """By age, see `AGES`."""

    @property
    def found_share(self) -> float:
        """Part of all planted faults that was found."""
        return sum(self.found.values()) / sum(self.planted.values())

    def false_per_10k(self, age: str) -> float:
        """Return the false alarms in 10,000 points of clean series of that age."""
        return 1e4 * self.false_alarms[age] / self.clean_points[age]

    def to_json(self) -> dict[str, object]:
        """Return every number as plain JSON."""
        return {
            "found_share": self.found_share,
            "found": self.found,
            "planted": self.planted,
            "false_alarms": self.false_alarms,
            "clean_points": self.clean_points,
            "false_alarms_per_10k": {age: self.false_per_10k(age) for age in AGES},
        }


def tally(evaluated: Sequence[tuple[Case, Int64]]) -> ContextTally:
    """Count.

    A fault is found when a page is raised in it, or right after, where none is raised on the clean twin: what would
    have alarmed anyway found nothing.

    Parameters
    ----------
    evaluated : sequence of (Case, int64 of shape (pages,))
        Every series, and the records that raise a page.
    """
    clean = {case.name: pages for case, pages in evaluated if not case.fault}
    faulty = [(case, pages) for case, pages in evaluated if case.fault]
    kinds = list(dict.fromkeys(case.fault for case, _ in faulty))
    found, planted = dict.fromkeys(kinds, 0), dict.fromkeys(kinds, 0)
    for case, pages in faulty:
        planted[case.fault] += 1
        found[case.fault] += bool(_within(case, pages) and not _within(case, clean[case.name]))
    counts = {
        age: [_count(case, pages, *weeks) for case, pages in evaluated if not case.fault] for age, weeks in AGES.items()
    }
    false_alarms = {age: sum(n for n, _ in of_age) for age, of_age in counts.items()}
    return ContextTally(
        found, planted, false_alarms, {age: sum(n for _, n in of_age) for age, of_age in counts.items()}
    )


def _within(case: Case, pages: Int64) -> bool:
    """Return whether a page is raised in the fault or the grace after it."""
    end = case.end + max(round(GRACE_S / case.interval_s), 1)
    return bool(np.any((pages >= case.start) & (pages < end)))


def _count(case: Case, pages: Int64, first_week: int, end_week: int) -> tuple[int, int]:
    """Count the pages between two ages, and the points."""
    first, end = (round(week * WEEK_S / case.interval_s) for week in (first_week, end_week))
    first = max(first, WARMUP)
    return int(np.count_nonzero((pages >= first) & (pages < end))), max(end - first, 0)


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
