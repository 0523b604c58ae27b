"""The page: a self-contained HTML report of a fit, readable on a screen and on paper."""

from __future__ import annotations

import json
from base64 import b64encode
from html import escape

from training.fit.comparison.comparison import LIKELIHOOD_UNIT, Comparison, Figures, Row
from training.fit.data.audit import Audit

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 70em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 2em; }
.verdict { border-left: 6px solid #999; padding: .4em 1em; background: #f6f6f6; }
.better { border-color: #2a7d4f; } .worse { border-color: #b3261e; }
table { border-collapse: collapse; } th, td { padding: .25em .8em; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child, .text { text-align: left; } img { max-width: 100%; }
pre { background: #f6f6f6; padding: 1em; overflow-x: auto; font-size: 12px; }
@media print { body { max-width: none; margin: 0; } img { break-inside: avoid; } h2 { break-after: avoid; }
  details { display: none; } }
"""
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
    title : str
    advice : list of str
        See `advise`.
    comparison : LabelComparison
    audits : list of Audit
    pictures : dict of str to bytes
        PNGs by their headings.
    record : dict
        The run record, shown folded up.
    """
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in advice)
    images = "".join(
        f'<h2>{escape(heading)}</h2><img alt="{escape(heading)}" src="data:image/png;base64,{b64encode(png).decode()}">'
        for heading, png in pictures.items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f'<div class="verdict {comparison.verdict.replace(" ", "-")}">{sentences}</div>'
        f"<h2>On the held-out points</h2>{_comparison(comparison)}"
        f"<p>Log likelihood: mean {escape(LIKELIHOOD_UNIT)}; higher is better. RMSE and MAE of the forecast, in the "
        f"metric's unit. In each pair the shipped model comes first.</p>{images}"
        f"<h2>Audit</h2>{_audit(audits)}"
        f"<details><summary>Run record</summary><pre>{escape(json.dumps(record, indent=2))}</pre></details>"
        "</body></html>"
    )


def _comparison(comparison: Comparison) -> str:
    heads = "".join(f'<th colspan="2">{figure}</th>' for figure in FIGURES)
    rows = [*comparison.rows[:N_SHOWN], comparison.total]
    return f"<table><tr><th>series</th><th>points</th>{heads}</tr>{''.join(map(_row, rows))}</table>"


def _row(row: Row) -> str:
    pairs = zip(_cells(row.shipped), _cells(row.yours), strict=True)
    cells = "".join(f"<td>{shipped}</td><td><b>{yours}</b></td>" for shipped, yours in pairs)
    return f"<tr><td>{escape(row.series)}</td><td>{row.n_points:,}</td>{cells}</tr>"


def _cells(figures: Figures) -> list[str]:
    errors = ["" if error is None else f"{error:.4g}" for error in (figures.rmse, figures.mae)]
    return [f"{figures.log_likelihood:.3f}", *errors, str(figures.n_alarms), f"{figures.alarms_per_10000:.1f}"]


def _audit(audits: list[Audit]) -> str:
    ordered = sorted(audits, key=lambda found: (found.ruled_out is None, not found.remarks))
    rows = "".join(
        f"<tr><td>{escape(found.series)}</td><td>{found.n_points:,}</td>"
        f'<td class="text">{escape(_finding(found))}</td></tr>'
        for found in ordered[:N_SHOWN]
    )
    return f'<table><tr><th>series</th><th>points</th><th class="text">found</th></tr>{rows}</table>'


def _finding(found: Audit) -> str:
    used = [] if found.ruled_out is None else [f"not used: {found.ruled_out}"]
    return "; ".join([*used, *found.remarks]) or "nothing wrong"
