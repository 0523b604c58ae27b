"""Chart: the arrays drawn of one series."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec
import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.errors import DataError
from stream.events.episodes import Severity
from stream.events.text import display_name
from stream.formats.timestamps import from_iso
from stream.library.results import Backtest
from stream.plot.canvas import LABELLED, LABELLED_EDGE, Moments

EXAMPLE = '{"SERIES": [["2026-11-02T15:30Z", "2026-11-02T18:00Z"]]}'

Spans: TypeAlias = list[tuple[np.datetime64, np.datetime64]]

N_BINS = 1_000
"""About as many as a figure has columns of pixels."""

HOLE = 10
"""Usual distances of two bins from which on they lie too far apart for a line."""


def read_labels(path: Path) -> dict[str, Spans]:
    """Read labels: JSON with `[start, end]` lists per series.

    A key that ends with the name of a file, such as `realKnownCause/nyc_taxi.csv`, is for the series `nyc_taxi`. A file
    that ends with .gz is decompressed.

    Raises
    ------
    DataError
        If it is no such file.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        found = msgspec.json.decode(content, type=dict[str, list[tuple[str, str]]])
        return {
            _series(key): [
                (np.datetime64(from_iso(start), "ms"), np.datetime64(from_iso(end), "ms")) for start, end in spans
            ]
            for key, spans in found.items()
        }
    except (OSError, EOFError, ValueError) as error:  # msgspec's own errors are ValueErrors.
        raise DataError(f"{path}: expected JSON such as {EXAMPLE}, but {error}") from error


def _series(key: str) -> str:
    return key.rpartition("/")[2].removesuffix(".csv")


class Bins(NamedTuple):
    """Rows put together."""

    starts: Int64
    """Shape (bins,). First row of each."""
    n_rows: int

    @classmethod
    def of(cls, n_rows: int, n_bins: int = N_BINS) -> Bins:
        """Split rows into at most so many equal bins."""
        return cls(np.arange(0, n_rows, -(-n_rows // n_bins)), n_rows)

    def low(self, values: Float64) -> Float64:
        """Return each bin's minimum, or NaN."""
        return np.fmin.reduceat(values, self.starts)

    def high(self, values: Float64) -> Float64:
        """Return each bin's maximum, or NaN."""
        return np.fmax.reduceat(values, self.starts)

    def line(self, values: Float64) -> tuple[Int64, Float64]:
        """Return a line through each bin's minimum and maximum."""
        rows = np.repeat(self.starts, 2)
        return rows, np.stack([self.low(values), self.high(values)], axis=1).ravel()

    def holes(self, timestamps_ms: Int64) -> Int64:
        """Return the bins that follow a long gap."""
        apart = np.diff(timestamps_ms[self.starts])
        return np.flatnonzero(apart > HOLE * np.median(apart)) + 1 if len(apart) else apart


class Span(NamedTuple):
    """An episode: first row, last row, severity."""

    first: int
    last: int
    severity: Severity


class Shade(NamedTuple):
    """A shaded time range with legend name and colour."""

    start: np.datetime64
    end: np.datetime64
    name: str
    colour: str
    edge: str | None = None


class Marks(NamedTuple):
    """Marked rows with legend name, colour and marker."""

    rows: Int64
    name: str
    colour: str
    marker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One series with what a detector made of it."""

    title: str
    moments: Moments
    """Shape (rows,). In UTC."""
    values: Float64
    expected: Float64
    lower: Float64
    upper: Float64
    scores: Float64
    """Shape (rows,). NaN where there is none."""
    episodes: Sequence[Span] = ()
    shades: Sequence[Shade] = ()
    marks: Sequence[Marks] = ()


def chart_of(
    result: Backtest,
    feature: int = 0,
    *,
    labels: Sequence[tuple[np.datetime64, np.datetime64]] = (),
    since: np.datetime64 | None = None,
    until: np.datetime64 | None = None,
) -> Chart:
    """Return the chart of a scored series or part.

    Parameters
    ----------
    feature : int
        Which, where several are scored one by one.
    labels : sequence of (start, end)
        Times that somebody labelled as anomalous.
    since, until : datetime64, optional
        Ends of the part that is drawn.
    """
    order = np.argsort(result.timestamps, kind="stable")
    moments = result.timestamps[order]
    first = 0 if since is None else int(np.searchsorted(moments, since))
    end = len(moments) if until is None else int(np.searchsorted(moments, until, side="right"))
    rows = order[first:end]
    place = np.full(len(moments), -1)
    place[rows] = np.arange(len(rows))

    def of(column: Float64) -> Float64:
        return column[rows] if column.ndim == 1 else column[rows, feature]

    named = result.features[feature] if len(result.features) > 1 and result.scores.ndim > 1 else None
    spans = [
        Span(max(int(place[each.first]), 0), int(place[each.last]), each.severity)
        for each in result.episodes
        if each.feature == named or named is None
        if place[each.first] >= 0 and place[each.last] >= 0
    ]
    return Chart(
        title=display_name(result.series, named),
        moments=moments[first:end],
        episodes=spans,
        shades=[
            Shade(max(start, moments[first]), min(stop, moments[end - 1]), "labelled", LABELLED, LABELLED_EDGE)
            for start, stop in labels
            if first < end and start <= moments[end - 1] and stop >= moments[first]
        ],
        values=of(result.actual),
        expected=of(result.expected),
        lower=of(result.lower),
        upper=of(result.upper),
        scores=of(result.scores),
    )
