"""The page: a self-contained HTML report of a fit, readable on a screen and on paper."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from stream.plot.page import render
from training.fit.comparison.comparison import LIKELIHOOD_UNIT, Comparison, Figures, Row
from training.fit.data.audit import Audit

TEMPLATE = Path(__file__).with_name("fit.html")
N_SHOWN = 200
FIGURES = ("log likelihood", "RMSE", "MAE", "alarms", "alarms per 10,000")


def page(
    title: str,
    advice: list[str],
    comparison: Comparison,
    audits: list[Audit],
    pictures: dict[str, bytes],
    record: dict[str, object],
) -> str:
    """Write the report.

    Parameters
    ----------
    advice : list of str
        See `advise`.
    pictures : dict of str to bytes
        PNGs by their headings.
    record : dict
        The run record, shown folded up.
    """
    return render(
        TEMPLATE,
        title=title,
        advice=advice,
        comparison=comparison,
        figures=FIGURES,
        rows=[*comparison.rows[:N_SHOWN], comparison.total],
        pairs=_pairs,
        likelihood_unit=LIKELIHOOD_UNIT,
        pictures=pictures,
        audits=audit_rows(audits),
        record=json.dumps(record, indent=2),
    )


def _pairs(row: Row) -> Iterable[tuple[str, str]]:
    return zip(_cells(row.shipped), _cells(row.yours), strict=True)


def _cells(figures: Figures) -> list[str]:
    errors = ["" if error is None else f"{error:.4g}" for error in (figures.rmse, figures.mae)]
    return [f"{figures.log_likelihood:.3f}", *errors, str(figures.n_alarms), f"{figures.alarms_per_10000:.1f}"]


def audit_rows(audits: list[Audit]) -> list[list[str]]:
    """Return a row for each series: points and findings; ruled out ones first."""
    ordered = sorted(audits, key=lambda found: (found.ruled_out is None, not found.remarks))
    return [[found.series, f"{found.n_points:,}", _finding(found)] for found in ordered[:N_SHOWN]]


def _finding(found: Audit) -> str:
    used = [] if found.ruled_out is None else [f"not used: {found.ruled_out}"]
    return "; ".join([*used, *found.remarks]) or "nothing wrong"
