"""The page: a self-contained HTML report of a fit, readable on a screen and on paper."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stream.events.text import format_date_time
from stream.plot.canvas import BLUE, DARK_GREY, RED, draw_legend, new_figure, style, to_moments, to_png
from stream.plot.report import render
from training.fit.comparison.comparison import LIKELIHOOD_UNIT, Comparison, Row
from training.fit.comparison.holdout import Difference
from training.fit.data.audit import Audit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_AROUND = 60
"""Points shown on each side of a disagreement."""

ACTUAL, SHIPPED, YOURS = DARK_GREY, RED, BLUE

TEMPLATE = Path(__file__).with_name("fit.html")
N_SHOWN = 200
FIGURES = ("log likelihood", "RMSE", "MAE", "alarms", "alarms per 10,000")


def disagreements(found: list[Difference]) -> bytes:
    """Draw each disagreement with the points around it: what came, and what each model had forecast."""
    n_rows = -(-len(found) // 2)
    with style():
        figure = new_figure(13, 0.9 + 2.5 * n_rows)
        axes = figure.subplots(n_rows, 2, squeeze=False).ravel().tolist()
        for number, (panel, difference) in enumerate(zip(axes, found, strict=False), 1):
            _draw(panel, number, difference)
        for panel in axes[len(found) :]:
            panel.set_axis_off()
        draw_legend(figure, axes[:1])
        return to_png(figure)


def losses(curve: list[tuple[float | None, float]], best_epoch: int, unit: str = "nats a point") -> bytes:
    """Draw training and validation loss over the epochs, with the epoch that was kept."""
    epochs = np.arange(len(curve))
    training = [loss for loss, _ in curve[1:] if loss is not None]
    with style():
        figure = new_figure(8, 3.2)
        panel = figure.subplots()
        panel.plot(epochs, [validation for _, validation in curve], color=YOURS, label="validation")
        panel.plot(epochs[1:], training, color=ACTUAL, lw=1, label="training")
        panel.plot(best_epoch, curve[best_epoch][1], "o", color=SHIPPED, label=f"kept: epoch {best_epoch}")
        panel.set_xlabel("epoch (0: the start)")
        panel.set_ylabel(f"loss, {unit}")
        panel.grid(alpha=0.3)
        draw_legend(figure, [panel])
        return to_png(figure)


def _draw(panel: Axes, number: int, found: Difference) -> None:
    result, at = found.result, found.at
    shown = slice(max(0, at - N_AROUND), at + N_AROUND + 1)
    times = to_moments(result.timestamps_ms[shown])
    panel.axvline(to_moments(result.timestamps_ms[at : at + 1])[0], color="#999999", lw=0.8, ls=":")
    panel.plot(times, result.values[shown], color=ACTUAL, lw=1.3, marker=".", ms=3, label="actual")
    panel.plot(times, result.expected[0][shown], color=SHIPPED, lw=1, label="forecast of the shipped model")
    panel.plot(times, result.expected[1][shown], color=YOURS, lw=1, label="forecast of your model")
    panel.set_title(
        f"{number}. {result.series}, {format_date_time(found.timestamp_ms)} UTC: nearer was {found.nearer}",
        fontsize=9,
        loc="left",
    )
    panel.tick_params(labelsize=8)
    panel.grid(alpha=0.25)


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
    return zip(row.shipped.cells(), row.yours.cells(), strict=True)


def audit_rows(audits: list[Audit]) -> list[list[str]]:
    """Return a row for each series: points and findings; ruled out ones first."""
    ordered = sorted(audits, key=lambda found: (found.ruled_out is None, not found.remarks))
    return [[found.series, f"{found.n_points:,}", _finding(found)] for found in ordered[:N_SHOWN]]


def _finding(found: Audit) -> str:
    used = [] if found.ruled_out is None else [f"not used: {found.ruled_out}"]
    return "; ".join([*used, *found.remarks]) or "nothing wrong"
