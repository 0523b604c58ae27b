"""What a fit of an autoencoder shows: a table and advice on the terminal, and a page with pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from stream.library.results import Backtest
from stream.model import Bundle
from stream.plot.chart import Chart, chart_of
from stream.plot.figure import draw_png
from stream.plot.report import render
from training.autoencoder.evaluation import HeldOutResult
from training.autoencoder.plan import AutoencoderPlan
from training.autoencoder.series import JoinedSeries
from training.files import write_whole
from training.fit.data.audit import Audit
from training.fit.fitting import Progress
from training.fit.output_paths import OutputPaths
from training.fit.report.page import audit_rows, losses
from training.fit.report.screen import Screen

TEMPLATE = Path(__file__).with_name("report.html")
N_SHOWN, N_DRAWN = 30, 6
MANY_FLAGGED = 5.0
"""Times the expected share of flagged windows from which on the data have changed rather than the noise."""

HEADER = ("series", "windows", "flagged", "RMS error", "of the mean", "episodes", "shipped")


def advise(results: list[HeldOutResult], plan: AutoencoderPlan, bundle: Path) -> list[str]:
    """Return the result on the held-out points in sentences, and how to run the model."""
    n_windows, n_flagged = sum(each.n_windows for each in results), sum(each.n_flagged for each in results)
    share, expected = n_flagged / max(1, n_windows), 1 - plan.quantile
    worse = [each.series for each in results if each.rms >= each.baseline_rms]
    sentences = [
        f"{n_flagged:,} of {n_windows:,} held-out windows ({share:.1%}) have a score of 1 or more; of ordinary points "
        f"about {expected:.1%} would."
    ]
    if share > MANY_FLAGGED * expected:
        sentences.append("That is many more: the series has changed since the training part, or it was unusual.")
    if worse:
        names = ", ".join(worse[:3]) + (f" and {len(worse) - 3:,} more" if len(worse) > 3 else "")
        sentences.append(f"It is no better than each window's own mean on {names}: do not run it on these.")
    return [*sentences, f"Run it: STREAMGAUGE_MODEL={bundle} streamgauge worker"]


def result_rows(results: list[HeldOutResult]) -> list[list[str]]:
    """Return a row of `HEADER` for each series."""
    return [
        [
            each.series,
            f"{each.n_windows:,}",
            f"{each.n_flagged:,}",
            f"{each.rms:.4f}",
            f"{each.baseline_rms:.4f}",
            f"{each.n_episodes:,}",
            f"{each.n_shipped_episodes:,}",
        ]
        for each in results
    ]


def show_results(
    results: list[HeldOutResult], plan: AutoencoderPlan, bundle: Bundle, files: list[str], screen: Screen
) -> None:
    """Print the table, the advice and where to read on."""
    title = f"on the last {sum(each.n_points for each in results):,} points, which nothing was fitted to"
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in HEADER:
        table.add_column(column, overflow="fold", justify="left" if column == "series" else "right")
    for name, *cells in result_rows(results)[:N_SHOWN]:
        table.add_row(Text(name), *cells)
    more = f"{len(results) - N_SHOWN:,} more series: --json has all\n" if len(results) > N_SHOWN else ""
    table.caption = f"{more}RMS error: 1 is the range of the training part; episodes: of this model, of the shipped one"
    table.caption_justify = "left"
    screen.show_outcome(table, advise(results, plan, bundle.path), files)


def write_report(
    paths: OutputPaths,
    plan: AutoencoderPlan,
    audits: list[Audit],
    many: list[JoinedSeries],
    progress: Progress,
    results: list[HeldOutResult],
    scored: list[Backtest],
    record: dict[str, object],
) -> list[str]:
    """Write the page beside the bundle.

    Returns
    -------
    list of str
        The files, the page first.
    """
    charts = [_chart(series, result) for series, result in zip(many[:N_DRAWN], scored, strict=False)]
    html = render(
        TEMPLATE,
        title=f"{paths.name} {paths.version}: an autoencoder of windows of {plan.time_steps} points",
        advice=advise(results, plan, paths.bundle),
        results=(HEADER, result_rows(results)),
        losses=losses(progress.losses, progress.best_epoch, "mean squared error, scaled"),
        charts=[(chart.title, draw_png([chart])) for chart in charts],
        audits=audit_rows(audits),
        record=json.dumps(record, indent=2),
    )
    page = paths.out / f"{paths.name}.html"
    write_whole(page, html.encode())
    return [str(page), str(paths.out / f"{paths.name}.json")]


def _chart(series: JoinedSeries, result: Backtest) -> Chart:
    """Chart the held-out part; between two windows the score of the last one stands."""
    chart = chart_of(result, since=np.datetime64(int(series.timestamps_ms[series.split.held_out_start]), "ms"))
    known = np.maximum.accumulate(np.where(np.isfinite(chart.scores), np.arange(len(chart.scores)), 0))
    return replace(chart, scores=chart.scores[known])
