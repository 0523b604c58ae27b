"""Figure of a series: values and band above, score below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.ticker import EngFormatter
from matplotlib.transforms import blended_transform_factory

from stream.detection.arrays import Float64
from stream.events.episodes import Severity
from stream.plot.canvas import BAND, BLUE, ORANGE, RED, draw_legend, new_figure, style, to_png
from stream.plot.chart import Bins, Chart

SEVERITY_COLOURS: Final[dict[Severity, str]] = {"minor": "#e0a800", "major": "#e8590c", "critical": "#c62828"}

WIDTH_INCHES, HEIGHT_INCHES = 10.0, 4.2
LEGEND_INCHES: Final = 0.4

TITLE_PAD: Final = 18
"""Points between title and axes, where the dates of the episodes stand between them."""

DATE_HEIGHT: Final = 1.035
"""Of the axes, where these dates stand."""

LARGE: Final = 1e5
"""Values from which on the axis counts in k, M and G."""

MARGIN: Final = 0.12
"""Of the values' range, above and below them: a band that is wider is cut."""

ROOM: Final = 0.05
"""Of the width, that the date of an episode takes; one that starts nearer to the last dated one has none."""

ORDER: Final = ("value", "expected", "band", "threshold", "minor episode", "major episode", "critical episode")
"""Of the names in the legend; others follow."""


def draw_png(charts: Sequence[Chart]) -> bytes:
    """Draw series below each other, as PNG."""
    height = HEIGHT_INCHES * len(charts) + LEGEND_INCHES
    with style():
        figure = new_figure(WIDTH_INCHES, height)
        parts = figure.subfigures(len(charts), 1, squeeze=False)[:, 0]
        axes = [each for chart, part in zip(charts, parts, strict=True) for each in _draw(part, chart)]
        draw_legend(figure, axes, ORDER)
        return to_png(figure)


def _draw(part: SubFigure, chart: Chart) -> tuple[Axes, Axes]:
    values, scores = part.subplots(2, 1, sharex=True, height_ratios=(5, 3))
    bins = Bins.of(len(chart.values))
    for axes in (values, scores):
        _shade(axes, chart)
    _draw_values(values, chart, bins)
    _draw_scores(scores, chart, bins)
    values.set_title(chart.title, pad=TITLE_PAD if chart.episodes else None)
    scores.xaxis.get_offset_text().set_visible(False)
    if len(chart.moments):
        days = dict.fromkeys(map(_day, (chart.moments[0], chart.moments[-1])))
        scores.set_xlabel(f"event time (UTC), {' to '.join(days)}")
    return values, scores


def _shade(axes: Axes, chart: Chart) -> None:
    """Shade labelled ranges, and episodes by severity."""
    for shade in chart.shades:
        start, end = _x(shade.start), _x(shade.end)
        axes.axvspan(start, end, color=shade.colour, alpha=0.6, linewidth=0, label=shade.name)
        if shade.edge is not None:
            axes.axvspan(start, end, fill=False, edgecolor=shade.edge, linewidth=0.8, zorder=3)
    for first, last, severity in chart.episodes:
        colour = SEVERITY_COLOURS[severity]
        axes.axvspan(chart.moments[first], chart.moments[last], color=colour, alpha=0.25, linewidth=0)
        axes.axvline(chart.moments[first], color=colour, linewidth=0.8, alpha=0.8)


def _draw_values(axes: Axes, chart: Chart, bins: Bins) -> None:
    moments = chart.moments
    holes = bins.holes(moments.astype(np.int64))
    at = np.insert(moments[bins.starts], holes, moments[bins.starts][holes])
    lower, upper = (np.insert(edge, holes, np.nan) for edge in (bins.low(chart.lower), bins.high(chart.upper)))
    if np.isfinite(lower).any():  # A model of windows has neither band nor forecast.
        axes.fill_between(at, lower, upper, color=BAND, alpha=0.8, linewidth=0, label="band")
    for column, colour, width, name in (
        (chart.expected, ORANGE, 0.7, "expected"),
        (chart.values, BLUE, 0.8, "value"),
    ):
        if not np.isfinite(column).any():
            continue
        rows, line = bins.line(column)
        at, line = np.insert(moments[rows], 2 * holes, moments[rows][2 * holes]), np.insert(line, 2 * holes, np.nan)
        axes.plot(at, line, color=colour, linewidth=width, label=name)
    _limit(axes, chart.values)
    _name_episodes(axes, chart)
    axes.set_ylabel("value")


def _limit(axes: Axes, values: Float64) -> None:
    """Set the axis limits around the values."""
    low, high = (float(end.reduce(values, initial=np.nan)) for end in (np.fmin, np.fmax))
    if not np.isfinite([low, high]).all():
        return
    margin = MARGIN * ((high - low) or abs(high) or 1.0)
    axes.set_ylim(low - margin, high + margin)
    if max(-low, high) >= LARGE:
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))


def _name_episodes(axes: Axes, chart: Chart) -> None:
    """Mark and date each episode's start, by severity."""
    top = blended_transform_factory(axes.transData, axes.transAxes)
    dated: np.datetime64 | None = None
    for first, _, severity in chart.episodes:
        start, colour = chart.moments[first], SEVERITY_COLOURS[severity]
        axes.plot(
            _x(start), 1.0, "v", color=colour, markersize=6, clip_on=False, transform=top, label=f"{severity} episode"
        )
        if dated is None or start - dated >= ROOM * (chart.moments[-1] - chart.moments[0]):
            dated = start
            text = f"{start.astype('datetime64[s]').item():%d %b}".removeprefix("0")
            axes.text(_x(start), DATE_HEIGHT, text, color=colour, fontsize=8, ha="center", va="bottom", transform=top)


def _x(moment: np.datetime64) -> Any:
    """Pass a time to matplotlib, whose types know numbers alone."""
    return moment


def _draw_scores(axes: Axes, chart: Chart, bins: Bins) -> None:
    axes.plot(chart.moments[bins.starts], bins.high(chart.scores), color=BLUE, linewidth=0.8)
    axes.axhline(1.0, color=RED, linewidth=0.8, linestyle="--", label="threshold")
    for rows, name, colour, marker in chart.marks:
        label = name if len(rows) else None
        axes.plot(chart.moments[rows], chart.scores[rows], marker, color=colour, markersize=6, label=label)
    axes.set_yscale("symlog", linthresh=1.0)
    axes.set(ylim=(0, None), ylabel="score", yticks=_ticks(chart.scores))
    axes.yaxis.set_major_formatter("{x:g}")


def _ticks(scores: Float64) -> list[float]:
    highest = float(np.fmax.reduce(scores, initial=1.0))
    return [tick for tick in (0.0, 0.5, 1.0, 3.0, 10.0, 30.0, 100.0) if tick <= highest]


def _day(moment: np.datetime64) -> str:
    return str(moment.astype("datetime64[D]"))
