"""The record: every number of a run as plain JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np

from stream.detection.arrays import Float64, Int64
from training.autoencoder.network import Fitted
from training.book.chapter import Chapter
from training.book.episodes import Episodes
from training.book.plan import BookPlan
from training.book.reconstruction import Sealed, WindowResults
from training.book.series import NabSeries, describe
from training.book.sweep import SweepResult
from training.loop.record import versions

THE_BOOK = {"time_steps": 48, "n_windows": 215, "rmse": 0.040, "mae": 0.025, "threshold": 0.333}
"""What the chapter prints for nyc_taxi."""

N_HEAD = 5


def run_record(
    plan: BookPlan, chapters: list[Chapter], evaluations: list[SweepResult], duration_s: float
) -> dict[str, object]:
    """Return a run as plain JSON.

    Returns
    -------
    dict
        Times are in ISO 8601. RMSE and MAE are in the chapter's scaled units, in which 1 is the range of the whole
        series, those of the honest way too. Errors and thresholds are in the units of the bundle that they belong to;
        `unit` is that of the honest bundle, the range of the first part, in the chapter's.
    """
    return {
        "book": THE_BOOK,
        "plan": asdict(plan),
        "series": {chapter.series.name: chapter_record(plan, chapter) for chapter in chapters},
        "sweep": [look._asdict() for look in evaluations],
        "versions": versions(),
        "duration_s": round(duration_s, 1),
    }


def chapter_record(plan: BookPlan, chapter: Chapter) -> dict[str, object]:
    """Return one series' results as plain JSON."""
    series, honest = chapter.series, chapter.honest
    scaling, later = series.scaling(), chapter.later()
    first, last = (moment(int(series.timestamps_ms[at])) for at in (0, -1))
    return {
        "file": series.file,
        "n_points": len(series.values),
        "first": first,
        "last": last,
        "n_duplicates": series.n_duplicates,
        "n_late": series.n_late,
        "labels": [[moment(int(edge)) for edge in label] for label in series.labels_ms],
        "describe": describe(series.values),
        "min": float(scaling.offset[0]),
        "range": float(scaling.scale[0]),
        "scaled_head": head(series),
        "stride": chapter.stride,
        "n_parameters": int(chapter.fitted.network.count_params()),
        "chapter": {
            **_way(chapter.fitted, chapter.sealed),
            **_window_results(series, chapter.window_results, chapter.sealed.threshold),
            "episodes": _episodes(chapter.episodes),
            "rmse_on_judged": later.window_results.rmse,
            "episodes_on_judged": _episodes(later.episodes),
        },
        "honest": {
            **_way(honest.fitted, honest.sealed),
            "fitted_on_points": honest.parts.calibration,
            "judged_from_point": honest.parts.evaluated,
            "judged_from": moment(int(series.timestamps_ms[honest.parts.evaluated])),
            "unit": chapter.honest_unit,
            "rmse_on_fitted": honest.on_fit.rmse * chapter.honest_unit,
            **_window_results(series, honest.on_rest, honest.sealed.threshold, chapter.honest_unit),
            "episodes": _episodes(honest.episodes),
        },
        "default": {"episodes": _episodes(chapter.default), "episodes_on_judged": _episodes(later.default)},
    }


def head(series: NabSeries) -> list[dict[str, object]]:
    """Return the first rows of the scaled table."""
    scaled = series.scaling().scaled(series.values[:N_HEAD])
    return [
        {"timestamp": moment(int(at)), "value": float(value), "scaled_value": float(inputs)}
        for at, value, inputs in zip(series.timestamps_ms, series.values, scaled, strict=False)
    ]


def windows(series: NabSeries, window_results: WindowResults, threshold: float) -> list[dict[str, object]]:
    """Return the table of anomalous windows: where they start and end, their error, and whether NAB agrees."""
    table: list[dict[str, object]] = []
    for start, end, error in _flagged(window_results):
        start_ms, end_ms = int(series.timestamps_ms[start]), int(series.timestamps_ms[end])
        labelled = (series.labels_ms[:, 0] <= end_ms) & (series.labels_ms[:, 1] >= start_ms)
        table.append(
            {
                "start": moment(start_ms),
                "end": moment(end_ms),
                "first_point": start,
                "error": error,
                "score": error / threshold,
                "labelled": bool(labelled.any()),
            }
        )
    return table


def moment(timestamp_ms: int) -> str:
    """Write a time: 2014-07-01 00:30 UTC is 2014-07-01T00:30:00Z."""
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _flagged(window_results: WindowResults) -> list[tuple[int, int, float]]:
    chosen = window_results.only(window_results.flagged)
    return [
        (int(start), int(end), float(error))
        for start, end, error in zip(chosen.starts, chosen.ends, chosen.errors, strict=True)
    ]


def _way(fitted: Fitted, sealed: Sealed) -> dict[str, object]:
    return {
        "bundle": sealed.bundle.path.name,
        "sha256": sealed.bundle.sha256,
        "threshold": sealed.threshold,
        "keras_onnx_difference": sealed.parity,
        "fit_s": round(fitted.duration_s, 1),
        "epochs": [epoch._asdict() for epoch in fitted.epochs],
    }


def _window_results(
    series: NabSeries, window_results: WindowResults, threshold: float, unit: float = 1.0
) -> dict[str, object]:
    return {
        "n_windows": len(window_results.starts),
        "rmse": window_results.rmse * unit,
        "mae": window_results.mae * unit,
        "errors": _floats(window_results.errors),
        "sorted_errors_top": _floats(np.sort(window_results.errors)[::-1][:10]),
        "n_flagged": int(np.count_nonzero(window_results.flagged)),
        "flagged": windows(series, window_results, threshold),
    }


def _episodes(episodes: Episodes) -> dict[str, object]:
    return {
        "spans": [_span(span) for span in episodes.spans_ms],
        "right": [bool(right) for right in episodes.right],
        "labels_found": [bool(found) for found in episodes.found],
        "says": episodes.summary(),
    }


def _span(span_ms: Int64) -> list[str]:
    return [moment(int(edge)) for edge in span_ms]


def _floats(numbers: Float64) -> list[float]:
    return [float(number) for number in numbers]
