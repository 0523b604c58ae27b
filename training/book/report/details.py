"""What the report of a series prints beside what the chapter holds: rows of tables, as texts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection.arrays import Int64
from training.book.chapter import Chapter
from training.book.reconstruction import WindowResults
from training.book.record import head, moment, windows
from training.book.series import NabSeries, describe

Rows = list[list[str]]

MOST_ROWS = 25
"""Rows of a table of anomalies on paper; the JSON has all."""


class Flagged(NamedTuple):
    """The first flagged windows, and how many more there are."""

    rows: Rows
    n_more: int


class Details(NamedTuple):
    """Tables of one series."""

    description: tuple[list[str], Rows]
    """Header, and one row: count, mean and so on."""
    head: Rows
    """The first points with their scaled values."""
    layers: Rows
    """Of the network."""
    largest: list[str]
    """The six largest window errors."""
    rmse: Rows
    """Of each way, in the chapter's unit and in the series'."""
    flagged: Flagged
    honest_flagged: Flagged


def details(chapter: Chapter) -> Details:
    """Return the tables of one series."""
    series, honest = chapter.series, chapter.honest
    count, *others = (described := describe(series.values)).values()
    return Details(
        description=(list(described), [[f"{count:,.0f}", *(f"{other:.4g}" for other in others)]]),
        head=[
            [_readable(str(row["timestamp"])), f"{row['value']:.6g}", f"{row['scaled_value']:.6f}"]
            for row in head(series)
        ],
        layers=[
            [layer.name, type(layer).__name__, str(layer.output.shape), f"{layer.count_params():,}"]
            for layer in chapter.fitted.network.layers
        ],
        largest=[f"{error:.3f}" for error in np.sort(chapter.window_results.errors)[::-1][:6]],
        rmse=_rmse(chapter),
        flagged=_flagged(series, chapter.window_results, chapter.sealed.threshold),
        honest_flagged=_flagged(series, honest.on_rest, honest.sealed.threshold),
    )


def _rmse(chapter: Chapter) -> Rows:
    scale = float(chapter.series.scaling().scale[0])
    return [
        [way, windows_were, f"{rmse:.4f}", f"{rmse * scale:.4g}"]
        for way, windows_were, rmse in (
            ("the chapter's way", "learned from", chapter.later().window_results.rmse),
            ("the honest way", "never seen", chapter.honest_rmse),
            (
                "the honest way, on its first part",
                "learned from",
                chapter.honest.on_fit.rmse * chapter.honest_unit,
            ),
        )
    ]


def _flagged(series: NabSeries, window_results: WindowResults, threshold: float) -> Flagged:
    flagged = windows(series, window_results, threshold)
    rows = [
        [
            _readable(str(row["start"])),
            _readable(str(row["end"])),
            f"{row['error']:.4f}",
            f"{row['score']:.2f}",
            "yes" if row["labelled"] else "no",
        ]
        for row in flagged[:MOST_ROWS]
    ]
    return Flagged(rows, len(flagged) - len(rows))


def at(timestamp_ms: int | np.integer | Int64) -> str:
    """Write a time for people: 2014-07-01 00:30."""
    return _readable(moment(int(timestamp_ms)))


def _readable(text: str) -> str:
    """Bring 2014-07-01T00:30:00Z into the form 2014-07-01 00:30."""
    return text[:16].replace("T", " ")
