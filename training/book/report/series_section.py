"""A series' section of the report: the chapter's steps in the chapter's order, then the honest way."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from stream.detection.arrays import Int64
from stream.plot.page import figure, heading, paragraph, section, table
from training.book.chapter import Chapter
from training.book.description import describe
from training.book.plan import BookPlan
from training.book.reconstruction import WindowResults
from training.book.record import head, moment, windows
from training.book.series import NabSeries


def series_section(plan: BookPlan, chapter: Chapter, figures: dict[str, Path]) -> str:
    """Write the section of one series."""
    name = chapter.series.name
    return section(
        heading(2, name, name)
        + _data(chapter.series, figures)
        + _scaling(chapter.series, figures)
        + _network(plan, chapter, figures)
        + _prediction(chapter, figures)
        + _threshold(plan, chapter, figures)
        + _honest(plan, chapter, figures)
    )


def _data(series: NabSeries, figures: dict[str, Path]) -> str:
    first, last = (at(int(series.timestamps_ms[i])) for i in (0, -1))
    described = describe(series.values)
    labels = "; ".join(f"{at(int(start))} to {at(int(end))}" for start, end in series.labels_ms)
    left_out = f"{series.n_duplicates} repeated and {series.n_late} late points were left out, as the worker does."
    return (
        heading(3, "Load, plot, describe")
        + paragraph(
            f"`{series.file}`: {len(series.values):,} points, usually {series.interval_s / 60:g} minutes apart, from "
            f"{first} to {last}. {left_out} NAB labels {labels or 'nothing'}."
        )
        + figure(
            figures["series"],
            "The series as it is in the file"
            + ("; yellow: the windows in which NAB labels an anomaly." if labels else "; NAB labels no anomaly in it."),
        )
        + table(
            list(described), [[f"{described['count']:,.0f}", *(f"{described[key]:.4g}" for key in list(described)[1:])]]
        )
    )


def _scaling(series: NabSeries, figures: dict[str, Path]) -> str:
    scaling = series.scaling()
    rows = [
        [readable(str(row["timestamp"])), f"{row['value']:.6g}", f"{row['scaled_value']:.6f}"] for row in head(series)
    ]
    return (
        heading(3, "Density, and min-max scaling")
        + paragraph(
            f"(x - min) / (max - min) with min {float(scaling.offset[0]):.6g} and range {float(scaling.scale[0]):.6g} "
            "brings the values into 0 to 1. The shape of their density stays, its axes change."
        )
        + figure(figures["density"], "Density of the values before and after scaling: the same hills, another unit.")
        + table(["timestamp (UTC)", "value", "scaled_value"], rows)
    )


def _network(plan: BookPlan, chapter: Chapter, figures: dict[str, Path]) -> str:
    n_windows, n_steps = len(chapter.window_results.starts), plan.time_steps
    network = chapter.fitted.network
    layers = [
        [layer.name, type(layer).__name__, str(layer.output.shape), f"{layer.count_params():,}"]
        for layer in network.layers
    ]
    last = chapter.fitted.epochs[-1]
    return (
        heading(3, "Windows, network, fit")
        + paragraph(
            f"{n_windows} windows of {n_steps} points, one every {chapter.stride} points. The network reads a window "
            f"and has to redraw it: Sequential(LSTM({plan.n_units}), Dense(1, sigmoid)), adam, mean squared error, "
            f"mean absolute error as metric, {plan.n_epochs} epochs in batches of {plan.n_batch}, "
            f"{chapter.fitted.duration_s:.0f} s. As in the chapter, validation is on the windows that it learns from."
        )
        + table(["layer", "type", "output shape", "parameters"], layers)
        + figure(
            figures["curves"],
            f"Loss and metric of each epoch, after the last: mean squared error {last.validation_loss:.5f}, mean "
            f"absolute error {last.validation_mae:.4f}.",
        )
        + paragraph(
            f"The same curves and the graph of the network: `tensorboard --logdir {chapter.series.name}/tensorboard` "
            "in the folder of this report."
        )
    )


def _prediction(chapter: Chapter, figures: dict[str, Path]) -> str:
    window_results = chapter.window_results
    in_unit = window_results.rmse * float(chapter.series.scaling().scale[0])
    return (
        heading(3, "Prediction and RMSE")
        + paragraph(
            f"RMSE {window_results.rmse:.4f} in scaled units ({in_unit:.4g} in the series' own), mean absolute error "
            f"{window_results.mae:.4f}, over all points of the {len(window_results.starts)} windows. The windows were "
            f"redrawn by "
            f"the exported bundle `{chapter.sealed.bundle.path.name}` in ONNX Runtime; Keras differs from it by at "
            f"most {chapter.sealed.parity:.1g}."
        )
        + figure(
            figures["tested"],
            "Grey: what was tested. Red: what the network redrew. Where they part, the error is large.",
        )
    )


def _threshold(plan: BookPlan, chapter: Chapter, figures: dict[str, Path]) -> str:
    window_results, limit = chapter.window_results, chapter.sealed.threshold
    n_flagged = int(np.count_nonzero(window_results.flagged))
    top = ", ".join(f"{error:.3f}" for error in np.sort(window_results.errors)[::-1][:6])
    return (
        heading(3, "Window errors, cut-off, anomalies")
        + paragraph(
            "A window's error is the vector norm of the difference between tested and predicted. The six largest: "
            f"{top}. The {plan.share:g} cut-off of the sorted errors puts the threshold at {limit:.4f}; {n_flagged} of "
            f"{len(window_results.errors)} windows are above it. Score 1.0 of the bundle is this threshold."
        )
        + figure(figures["scores"], "Errors in time and sorted. Red: windows above the threshold (orange).")
        + _table_of(chapter.series, window_results, limit)
        + figure(
            figures["anomalies"],
            "The anomalies marked: red, the points of flagged windows; yellow, NAB's labels; green triangles, where "
            "the default detector raises an alarm.",
        )
        + paragraph(
            f"Labels of NAB found, and false episodes: the chapter's model {chapter.episodes.summary()}; the default "
            f"detector {chapter.default.summary()}."
        )
    )


def _honest(plan: BookPlan, chapter: Chapter, figures: dict[str, Path]) -> str:
    series, honest = chapter.series, chapter.honest
    since = at(int(series.timestamps_ms[honest.parts.evaluated]))
    rest = honest.on_rest
    later, unit = chapter.later(), chapter.honest_unit
    scale = float(series.scaling().scale[0])
    rows = [
        [way, windows_were, f"{rmse:.4f}", f"{rmse * scale:.4g}"]
        for way, windows_were, rmse in (
            ("the chapter's way", "learned from", later.window_results.rmse),
            ("the honest way", "never seen", chapter.honest_rmse),
            ("the honest way, on its first part", "learned from", honest.on_fit.rmse * unit),
        )
    ]
    return (
        heading(3, "The honest way")
        + paragraph(
            f"Scaling and weights from the first {plan.fit_share:.0%} of the points, the threshold "
            f"{honest.sealed.threshold:.3f} from the next {plan.calibration_share:.0%}, and judged from {since} on, on "
            f"points that nothing was fitted to. {int(np.count_nonzero(rest.flagged))} of {len(rest.errors)} windows "
            f"are flagged; against the labels that reach into this part: {honest.episodes.summary()}. On the same "
            f"part: "
            f"the chapter's model {later.episodes.summary()}, the default detector {later.default.summary()}."
        )
        + table(["RMSE", "windows were", "scaled units of the chapter", "unit of the series"], rows)
        + paragraph(
            f"Errors and threshold of the honest bundle are in its own scaled units, the range of the first part; one "
            f"is {unit:.3g} of the chapter's."
        )
        + figure(
            figures["honest"],
            "Dotted: where calibration and judgement begin. Red: windows flagged in the last part. The errors have a "
            "logarithmic axis where one is above ten thresholds.",
        )
        + _table_of(series, rest, honest.sealed.threshold)
    )


def _table_of(series: NabSeries, window_results: WindowResults, threshold: float) -> str:
    flagged = windows(series, window_results, threshold)
    if not flagged:
        return paragraph("No window is above the threshold.")
    rows = [
        [
            readable(str(row["start"])),
            readable(str(row["end"])),
            f"{row['error']:.4f}",
            f"{row['score']:.2f}",
            "yes" if row["labelled"] else "no",
        ]
        for row in flagged[:MOST_ROWS]
    ]
    more = len(flagged) - MOST_ROWS
    rest = paragraph(f"and {more} more, in report.json.") if more > 0 else ""
    return table(["first timestamp (UTC)", "last timestamp (UTC)", "error", "score", "labelled by NAB"], rows) + rest


MOST_ROWS = 25
"""Rows of a table of anomalies on paper; the JSON has all."""


def at(timestamp_ms: int | np.integer | Int64) -> str:
    """Write a time for people: 2014-07-01 00:30."""
    return readable(moment(int(timestamp_ms)))


def readable(text: str) -> str:
    """Bring 2014-07-01T00:30:00Z into the form 2014-07-01 00:30."""
    return text[:16].replace("T", " ")
