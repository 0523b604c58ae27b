"""What every figure has: one style, one legend, PNG of few bytes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Final, TypeAlias

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from stream.detection.arrays import Int64

Moments: TypeAlias = NDArray[np.datetime64]

BLUE, ORANGE, RED, BAND = "#1f5a96", "#e07b00", "#c62828", "#a9c8e6"
GREEN, GREY, DARK_GREY = "#2e8b45", "#8a8a8a", "#3f3f3f"
LABELLED, LABELLED_EDGE = "#cfe8cf", "#4d9a5b"
"""Colours of a time that somebody labelled as anomalous."""

DPI: Final = 150

N_COLOURS: Final = 128
"""More than there are to be told apart; a picture of so few takes a third of the bytes."""

ONE_LINE: Final = 80
"""Letters of all names in the legend that fit on one line beside their marks."""


def style() -> AbstractContextManager[None]:
    """Return the context in which figures are drawn."""
    return rc_context(
        {
            "date.converter": "concise",
            "font.size": 9,
            "axes.titlesize": 10,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.xmargin": 0.01,
        }
    )


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches."""
    return Figure(figsize=(width, height), layout="constrained")


def draw_legend(figure: Figure, many: Sequence[Axes], order: Sequence[str] = ()) -> None:
    """Draw one legend below all axes, without duplicates.

    Parameters
    ----------
    order : sequence of str
        Names that come first; others follow as they were drawn.
    """
    named = {name: line for axes in many for line, name in zip(*axes.get_legend_handles_labels(), strict=True)}
    names = sorted(named, key=lambda name: order.index(name) if name in order else len(order))
    ncols = len(names) if sum(map(len, names)) <= ONE_LINE else 5
    figure.legend(
        [named[name] for name in names], names, loc="outside lower center", ncols=ncols, frameon=False, fontsize=8
    )


def to_moments(timestamps_ms: Int64) -> Moments:
    """Return ms since the epoch as matplotlib takes times."""
    return timestamps_ms.astype("datetime64[ms]")


def to_png(figure: Figure) -> bytes:
    """Return a figure as PNG."""
    drawn, reduced = BytesIO(), BytesIO()
    figure.savefig(drawn, dpi=DPI)
    # Of the methods that Pillow has, the octree keeps also the colour of a few small marks.
    picture = Image.open(drawn).convert("RGB").quantize(N_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    picture.save(reduced, "png", optimize=True)
    return reduced.getvalue()
