"""The tables: pages on calm series and faults found, for a terminal, for the documentation and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.table import Table

from training.evaluation.calm.kinds import KINDS
from training.evaluation.calm.suite import FAULT_AGES, FAULTS, LENGTHS
from training.evaluation.calm.tally import AGES, Estimate, Tally
from training.evaluation.pages import BUDGETS
from training.evaluation.tables import draw_table, markdown_table

Row = list[str]
LAST_AGE = next(reversed(AGES))
NOTHING = "-"

CAPTIONS = (
    "Pages of a series of a minute in its first 30 days, with the interval that holds 95 % of means of as many series; "
    "in brackets, pages in 30 days from the second week on.",
    "The same as the mean of all kinds, by interval: in the first 30 days (of 1 s: in the first six hours), the "
    "detector's own alarms beside them, and pages in 30 days by age.",
    "Obvious faults in series of a minute with light tails: share found, median delay in points.",
)


def tables(tally: Tally) -> Iterator[tuple[str, Row, list[Row]]]:
    """Return caption, header and rows of each table."""
    if "1 min" in {interval for interval, _, _ in tally.calm}:
        yield CAPTIONS[0], ["kind", *BUDGETS], list(_kinds(tally))
    yield CAPTIONS[1], ["interval", "sensitivity", "first 30 days", "alarms", *AGES], list(_intervals(tally))
    header = [f"{name}, after {age:,}" for age in FAULT_AGES for name in BUDGETS]
    yield CAPTIONS[2], ["fault", *header], list(_faults(tally))


def terminal(tally: Tally) -> Iterator[Table]:
    """Draw the tables for a terminal."""
    for caption, header, rows in tables(tally):
        yield draw_table(header, rows, caption=caption)


def markdown(tally: Tally) -> str:
    """Write the tables for the documentation."""
    parts = []
    for caption, header, rows in tables(tally):
        parts += [caption, "", *markdown_table(header, rows), ""]
    return "\n".join(parts).rstrip()


def record(tally: Tally) -> dict[str, Any]:
    """Return every number as plain JSON."""
    return {
        "calm": [
            {
                "interval": interval,
                "kind": kind,
                "sensitivity": sensitivity,
                "first_30_days": each.first.tolist(),
                "alarms_first_30_days": each.alarms.tolist(),
                "monthly": {age: counts.tolist() for age, counts in each.monthly.items()},
            }
            for (interval, kind, sensitivity), each in tally.calm.items()
        ],
        "faults": [
            {
                "fault": fault,
                "age": age,
                "sensitivity": sensitivity,
                "planted": each.planted,
                "found": each.found,
                "median_delay": None if np.isnan(each.delay) else each.delay,
            }
            for (fault, age, sensitivity), each in tally.faults.items()
        ],
    }


def _kinds(tally: Tally) -> Iterator[Row]:
    for kind in KINDS:
        each = [tally.calm["1 min", kind, name] for name in BUDGETS]
        yield [kind, *(f"{_with_interval(Estimate.of(it.first))} [{it.monthly[LAST_AGE].mean():.1f}]" for it in each)]
    means = ((tally.mean_first("1 min", name), tally.mean_monthly("1 min", name, LAST_AGE)) for name in BUDGETS)
    yield ["mean of all kinds", *(f"{_with_interval(first)} [{later:.2f}]" for first, later in means)]


def _with_interval(estimate: Estimate) -> str:
    return f"{estimate.mean:.2f} ({estimate.low:.1f} to {estimate.high:.1f})"


def _intervals(tally: Tally) -> Iterator[Row]:
    for interval in [each for each in LENGTHS if any(each == at for at, _, _ in tally.calm)]:
        for name in BUDGETS:
            alarms = np.mean([each.alarms.mean() for each in tally.of_kinds(interval, name).values()])
            monthly = [tally.mean_monthly(interval, name, age) for age in AGES]
            cells = (NOTHING if each is None else f"{each:.2f}" for each in monthly)
            yield [interval, name, _with_interval(tally.mean_first(interval, name)), f"{alarms:.2f}", *cells]


def _faults(tally: Tally) -> Iterator[Row]:
    for fault in FAULTS:
        each = [tally.faults[fault, age, name] for age in FAULT_AGES for name in BUDGETS]
        yield [fault, *(_found(it.found, it.planted, it.delay) for it in each)]
    real = [fault for fault in FAULTS if fault != "(nothing)"]
    columns = [[tally.faults[fault, age, name] for fault in real] for age in FAULT_AGES for name in BUDGETS]
    sums = ((sum(it.found for it in column), sum(it.planted for it in column)) for column in columns)
    yield ["all faults", *(_found(found, planted, np.nan) for found, planted in sums)]


def _found(found: int, planted: int, delay: float) -> str:
    share = f"{100 * found / planted:.0f} %"
    return share if np.isnan(delay) else f"{share}, {delay:.0f}"
