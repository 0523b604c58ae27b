"""The figure of a file: value, expected, band, labelled windows and episodes above; score and alarms below."""

from __future__ import annotations

from io import BytesIO
from typing import TypeAlias

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter
from numpy.typing import NDArray
from PIL import Image

from stream.detection.record import Float64
from stream.plot.envelope import Bins
from training.evaluation.nab.corpus import File
from training.evaluation.nab.lanes import Judged
from training.evaluation.nab.verdict import Verdict

Moments: TypeAlias = NDArray[np.datetime64]

BLUE, ORANGE, RED, GREEN, GREY = "#1f5a96", "#e07b00", "#c62828", "#2e8b45", "#8a8a8a"
BAND, WINDOW, EDGE = "#a9c8e6", "#ffe08a", "#c99700"
SIZE_INCHES, DPI = (10.0, 4.2), 150
N_COLOURS = 128
"""More than there are to be told apart; a picture of so few takes a third of the bytes."""

LARGE = 1e5
"""Values from which on the axis counts in k, M and G."""

MARGIN = 0.12
"""Of the values' range, above and below them: a band that is wider is cut."""


def draw(file: File, judged: Judged) -> bytes:
    """Draw a file as PNG."""
    with rc_context({"date.converter": "concise", "font.size": 9}):
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        values, scores = figure.subplots(2, 1, sharex=True, height_ratios=(5, 3))
        moments, bins, verdict = (
            file.timestamps_ms.astype("datetime64[ms]"),
            Bins.of(file.n_rows),
            Verdict.of(file, judged),
        )
        for axes in (values, scores):
            axes.spines[["top", "right"]].set_visible(False)
            axes.margins(x=0.01)
            _shade(axes, file, moments)
        _draw_values(values, file, judged, moments, bins)
        _draw_scores(scores, judged, moments, bins, verdict)
        scores.xaxis.get_offset_text().set_visible(False)
        scores.set_xlabel(f"event time (UTC), {_day(moments[0])} to {_day(moments[-1])}")
        _legend(figure, values, scores)
        return _png(figure)


def _day(moment: np.datetime64) -> str:
    return str(moment.astype("datetime64[D]"))


def _png(figure: Figure) -> bytes:
    drawn, reduced = BytesIO(), BytesIO()
    figure.savefig(drawn, dpi=DPI)
    # Of the methods that Pillow has, the octree keeps also the colour of a few small marks.
    picture = Image.open(drawn).convert("RGB").quantize(N_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    picture.save(reduced, "png", optimize=True)
    return reduced.getvalue()


def _shade(axes: Axes, file: File, moments: Moments) -> None:
    for first, last in file.windows.tolist():
        axes.axvspan(moments[first], moments[last], color=WINDOW, alpha=0.7, linewidth=0, label="labelled window")
        axes.axvspan(moments[first], moments[last], fill=False, edgecolor=EDGE, linewidth=0.8, zorder=3)
    if file.n_probation:
        axes.axvspan(
            moments[0],
            moments[file.n_probation],
            color=GREY,
            alpha=0.15,
            linewidth=0,
            label="probation, nothing counts",
        )


def _draw_values(axes: Axes, file: File, judged: Judged, moments: Moments, bins: Bins) -> None:
    low, high = float(file.values.min()), float(file.values.max())
    margin = MARGIN * ((high - low) or abs(high) or 1.0)
    holes = bins.holes(file.timestamps_ms)
    at = np.insert(moments[bins.starts], holes, moments[bins.starts][holes])
    lower, upper = (np.insert(edge, holes, np.nan) for edge in (bins.low(judged.lower), bins.high(judged.upper)))
    axes.fill_between(at, lower, upper, color=BAND, linewidth=0, label="band")
    for column, colour, width, name in ((judged.expected, ORANGE, 0.6, "expected"), (file.values, BLUE, 0.8, "value")):
        rows, line = bins.line(column)
        at, line = np.insert(moments[rows], 2 * holes, moments[rows][2 * holes]), np.insert(line, 2 * holes, np.nan)
        axes.plot(at, line, color=colour, linewidth=width, label=name)
    for first, last in zip(judged.opened.tolist(), judged.closed.tolist(), strict=True):
        axes.plot(moments[[first, last]], [low - margin / 2] * 2, color=RED, linewidth=4, label="episode")
        axes.plot(moments[first], low - margin / 2, "|", color=RED, markersize=9)
    axes.set(ylim=(low - margin, high + margin), ylabel="value")
    if max(-low, high) >= LARGE:
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))


def _draw_scores(axes: Axes, judged: Judged, moments: Moments, bins: Bins, verdict: Verdict) -> None:
    axes.plot(moments[bins.starts], bins.high(judged.score), color=BLUE, linewidth=0.8)
    axes.axhline(1.0, color=RED, linewidth=0.8, linestyle="--", label="boundary")
    for rows, colour, marker, name in (
        (verdict.finding, GREEN, "v", "alarm that finds a window"),
        (verdict.again, GREY, "v", "further alarm in it"),
        (verdict.false, RED, "x", "false alarm"),
    ):
        axes.plot(
            moments[rows], judged.score[rows], marker, color=colour, markersize=6, label=name if len(rows) else None
        )
    axes.set_yscale("symlog", linthresh=1.0)
    axes.set(ylim=(0, None), ylabel="score", yticks=_ticks(judged.score))
    axes.yaxis.set_major_formatter("{x:g}")


def _ticks(score: Float64) -> list[float]:
    highest = float(np.fmax.reduce(score, initial=1.0))
    return [tick for tick in (0.0, 0.5, 1.0, 3.0, 10.0, 30.0, 100.0) if tick <= highest]


def _legend(figure: Figure, *many: Axes) -> None:
    """Put what the axes name below all of them, each name once."""
    named = {name: line for axes in many for line, name in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=5, frameon=False, fontsize=8)
