"""The figures: the largest disagreements, and the losses of the epochs, as PNG."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from stream.detection.arrays import Int64
from training.fit.comparison.largest_differences import Difference

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_AROUND = 60
"""Points shown on each side of a disagreement."""

DPI = 110
ACTUAL, SHIPPED, YOURS = "#333333", "#d1495b", "#1f77b4"


def disagreements(found: list[Difference]) -> bytes:
    """Draw each disagreement with the points around it: what came, and what each model had forecast."""
    n_rows = -(-len(found) // 2)
    figure = Figure(figsize=(13, 0.9 + 2.5 * n_rows), dpi=DPI, layout="constrained")
    axes = figure.subplots(n_rows, 2, squeeze=False).ravel()
    with mpl.rc_context({"date.converter": "concise"}):
        for number, (panel, difference) in enumerate(zip(axes, found, strict=False), 1):
            _draw(panel, number, difference)
    for panel in axes[len(found) :]:
        panel.set_axis_off()
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, frameon=False)
    return _png(figure)


def losses(curve: list[tuple[float | None, float]], best_epoch: int) -> bytes:
    """Draw training and validation loss over the epochs, with the epoch that was kept."""
    figure = Figure(figsize=(8, 3.2), dpi=DPI, layout="constrained")
    panel = figure.subplots()
    epochs = np.arange(len(curve))
    panel.plot(epochs, [validation for _, validation in curve], color=YOURS, label="validation")
    panel.plot(epochs[1:], [loss for loss, _ in curve[1:] if loss is not None], color=ACTUAL, lw=1, label="training")
    panel.plot(best_epoch, curve[best_epoch][1], "o", color=SHIPPED, label=f"kept: epoch {best_epoch}")
    panel.set_xlabel("epoch (0: the start)")
    panel.set_ylabel("loss, nats a point")
    panel.grid(alpha=0.3)
    panel.legend(frameon=False)
    return _png(figure)


def _draw(panel: Axes, number: int, found: Difference) -> None:
    result, at = found.result, found.at
    shown = slice(max(0, at - N_AROUND), at + N_AROUND + 1)
    times = _times(result.timestamps_ms[shown])
    panel.axvline(_times(result.timestamps_ms[at : at + 1])[0], color="#999999", lw=0.8, ls=":")
    panel.plot(times, result.values[shown], color=ACTUAL, lw=1.3, marker=".", ms=3, label="actual")
    panel.plot(times, result.expected[0][shown], color=SHIPPED, lw=1, label="forecast of the shipped model")
    panel.plot(times, result.expected[1][shown], color=YOURS, lw=1, label="forecast of your model")
    panel.set_title(
        f"{number}. {result.series}, {_spell(found.timestamp_ms)}: nearer was {found.nearer}", fontsize=9, loc="left"
    )
    panel.tick_params(labelsize=8)
    panel.grid(alpha=0.25)


def _times(timestamps_ms: Int64) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return timestamps_ms.astype("datetime64[ms]")


def _spell(timestamp_ms: int) -> str:
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()
