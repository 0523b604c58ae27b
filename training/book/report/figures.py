"""The figures of one series, as PNG files: what each shows stands in its title and on its axes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from stream.detection.arrays import Float64, Int64
from stream.plot.canvas import (
    BLUE,
    DARK_GREY,
    GREEN,
    GREY,
    LABELLED,
    ORANGE,
    RED,
    draw_legend,
    new_figure,
    style,
    to_moments,
    to_png,
)
from training.book.chapter import Chapter
from training.book.series import NabSeries, density

WIDTH, HEIGHT = 9.0, 2.9
TIME = "event time (UTC)"


def draw(chapter: Chapter, folder: Path) -> dict[str, Path]:
    """Draw every figure of a series.

    Returns
    -------
    dict of str to Path
        By what it shows, as in `FIGURES`.
    """
    paths = {name: folder / f"{name}.png" for name in FIGURES}
    with style():
        for name, figure_of in FIGURES.items():
            paths[name].write_bytes(to_png(figure_of(chapter)))
    return paths


def _figure(
    n_rows: int = 1, n_columns: int = 1, height: float = HEIGHT, share_x: bool = False
) -> tuple[Figure, list[Axes]]:
    figure = new_figure(WIDTH, height)
    axes = figure.subplots(n_rows, n_columns, squeeze=False, sharex=share_x)
    for each in axes.flat:
        each.grid(alpha=0.25, linewidth=0.6)
    return figure, list(axes.flat)


def _shade(axes: Axes, series: NabSeries) -> None:
    """Mark NAB's labelled windows."""
    for i, (start, end) in enumerate(to_moments(series.labels_ms)):
        axes.axvspan(start, end, color=LABELLED, alpha=0.6, linewidth=0, label=None if i else "labelled by NAB")


def _series(chapter: Chapter) -> Figure:
    figure, (axes,) = _figure()
    series = chapter.series
    _shade(axes, series)
    axes.plot(to_moments(series.timestamps_ms), series.values, color=BLUE, linewidth=0.7)
    axes.set(title=f"{series.name}: all {len(series.values):,} points", ylabel="value (as in the file)")
    axes.set_xlabel(TIME)
    if len(series.labels_ms):
        draw_legend(figure, [axes])
    return figure


def _density(chapter: Chapter) -> Figure:
    figure, (before, after) = _figure(1, 2)
    series = chapter.series
    scaling = series.scaling()
    scaled = scaling.scaled(series.values).astype(np.float64)
    for axes, values, unit in (
        (before, series.values, "value (as in the file)"),
        (after, scaled, "scaled value, no unit"),
    ):
        axes.fill_between(*density(values), color=BLUE, alpha=0.35, linewidth=0)
        axes.set(xlabel=unit, ylabel="density (1 / unit of x)", ylim=(0, None))
        axes.ticklabel_format(axis="y", scilimits=(-3, 4))
    before.set_title("before scaling")
    after.set_title("after (x - min) / (max - min)")
    return figure


def _curves(chapter: Chapter) -> Figure:
    figure, (squared, absolute) = _figure(1, 2)
    epochs = chapter.fitted.epochs
    numbers = np.arange(1, len(epochs) + 1)
    for axes, name, seen, unseen in (
        (squared, "mean squared error (the loss)", [e.loss for e in epochs], [e.validation_loss for e in epochs]),
        (absolute, "mean absolute error", [e.mae for e in epochs], [e.validation_mae for e in epochs]),
    ):
        axes.plot(numbers, seen, color=BLUE, marker="o", markersize=3, label="while learning, mean of the epoch")
        axes.plot(numbers, unseen, color=ORANGE, marker="s", markersize=3, label="validation, after the epoch")
        axes.set(title=name, xlabel="epoch", yscale="log")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    squared.set_ylabel("scaled units squared")
    absolute.set_ylabel("scaled units")
    draw_legend(figure, [squared])
    return figure


def _tested(chapter: Chapter) -> Figure:
    """Put side by side what was tested and what was predicted: the whole series, and around the worst window."""
    figure, (whole, close) = _figure(2, 1, 2 * HEIGHT)
    window_results, series = chapter.window_results, chapter.series
    n_steps = window_results.windows.shape[1]
    apart = slice(None, None, -(-n_steps // chapter.stride))
    points = (window_results.starts[apart][:, None] + np.arange(n_steps)).ravel()
    moments = to_moments(series.timestamps_ms[points])
    tested, predicted = window_results.windows[apart].ravel(), window_results.redrawn[apart].ravel()
    worst = int(window_results.starts[np.argmax(window_results.errors)])
    near = (points >= worst - 2 * n_steps) & (points < worst + 3 * n_steps)
    for axes, chosen, width, opacity in ((whole, np.ones(len(points), bool), 0.3, 0.6), (close, near, 0.9, 1.0)):
        axes.plot(moments[chosen], tested[chosen], color=GREY, linewidth=1.0 + width, label="tested")
        axes.plot(
            moments[chosen],
            predicted[chosen],
            color=RED,
            linewidth=width,
            alpha=opacity,
            label="predicted (redrawn)",
        )
        axes.set_ylabel("scaled value")
        axes.set_xlabel(TIME)
    whole.set_title("tested against predicted, windows that do not overlap")
    close.set_title("the same around the window with the largest error")
    draw_legend(figure, [close])
    return figure


def _scores(chapter: Chapter) -> Figure:
    figure, (in_time, in_order) = _figure(1, 2, 3.2)
    window_results, limit = chapter.window_results, chapter.sealed.threshold
    moments = to_moments(chapter.series.timestamps_ms[window_results.ends])
    flagged = window_results.flagged
    _shade(in_time, chapter.series)
    in_time.plot(moments, window_results.errors, color=BLUE, linewidth=0.8)
    in_time.plot(moments[flagged], window_results.errors[flagged], "o", color=RED, markersize=4)
    in_time.set_xlabel(TIME)
    order = np.argsort(window_results.errors, kind="stable")
    numbers = np.arange(1, len(order) + 1)
    in_order.plot(numbers, window_results.errors[order], color=BLUE, linewidth=1.2)
    above = flagged[order]
    if above.any():
        in_order.plot(
            numbers[above], window_results.errors[order][above], "o", color=RED, markersize=4, label="flagged window"
        )
    in_order.set(title="sorted", xlabel="windows, by error")
    in_time.set(title="in time, at each window's end")
    for axes in (in_time, in_order):
        axes.axhline(limit, color=ORANGE, linewidth=1.2, label=f"threshold {limit:.3f}")
        axes.set(ylabel="window error (norm, scaled)", ylim=(0, None))
    draw_legend(figure, [in_time, in_order])
    return figure


def _anomalies(chapter: Chapter) -> Figure:
    figure, (axes,) = _figure(height=3.3)
    _mark(axes, chapter)
    axes.set_title("the chapter's way: every point of a flagged window in red")
    axes.set_xlabel(TIME)
    draw_legend(figure, [axes])
    return figure


def _mark(axes: Axes, chapter: Chapter) -> None:
    series, window_results = chapter.series, chapter.window_results
    _shade(axes, series)
    axes.plot(to_moments(series.timestamps_ms), series.values, color=BLUE, linewidth=0.7)
    _redden(
        axes,
        series.timestamps_ms,
        series.values,
        window_results.starts[window_results.flagged],
        window_results.windows.shape[1],
    )
    opened = chapter.default.spans_ms[:, 0]
    at = np.searchsorted(series.timestamps_ms, opened)
    if len(at):
        axes.plot(
            to_moments(opened), series.values[at], "^", color=GREEN, markersize=7, label="default detector's alarm"
        )
    axes.set_ylabel("value (as in the file)")


def _redden(axes: Axes, timestamps_ms: Int64, values: Float64, starts: Int64, n_steps: int) -> None:
    for i, start in enumerate(starts):
        part = slice(start, start + n_steps)
        axes.plot(
            to_moments(timestamps_ms[part]),
            values[part],
            color=RED,
            linewidth=1.4,
            label=None if i else "flagged window",
        )


def _honest(chapter: Chapter) -> Figure:
    figure, (above, below) = _figure(2, 1, 2 * HEIGHT, share_x=True)
    series, honest = chapter.series, chapter.honest
    moments, n_steps = to_moments(series.timestamps_ms), honest.on_rest.windows.shape[1]
    _shade(above, series)
    above.plot(moments, series.values, color=BLUE, linewidth=0.7)
    _redden(above, series.timestamps_ms, series.values, honest.on_rest.starts[honest.on_rest.flagged], n_steps)
    above.set(
        title="fitted on the first part, threshold from the second, evaluated on the third",
        ylabel="value (as in the file)",
    )
    for window_results, colour, name in (
        (honest.on_fit, GREY, "windows learned from"),
        (honest.on_calibration, DARK_GREY, "windows of the threshold"),
        (honest.on_rest, BLUE, "windows evaluated"),
    ):
        below.plot(moments[window_results.ends], window_results.errors, color=colour, linewidth=0.8, label=name)
    limit = honest.sealed.threshold
    below.axhline(limit, color=ORANGE, linewidth=1.2, label=f"threshold {limit:.3f}")
    below.set_ylabel("window error (scaled)")
    if honest.on_rest.errors.max() > 10 * limit:
        below.set_yscale("log")
    else:
        below.set_ylim(0, None)
    for axes in (above, below):
        for at in moments[list(honest.parts)]:
            axes.axvline(at, color="black", linestyle=":")
    below.set_xlabel(TIME)
    draw_legend(figure, [above, below])
    return figure


FIGURES: dict[str, Callable[[Chapter], Figure]] = {
    "series": _series,
    "density": _density,
    "curves": _curves,
    "tested": _tested,
    "scores": _scores,
    "anomalies": _anomalies,
    "honest": _honest,
}
"""What is drawn of every series, by the name of its file."""
