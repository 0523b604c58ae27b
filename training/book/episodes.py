"""Episodes of both detectors, and which of NAB's labelled windows they find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.detection.arrays import Bool, Int64
from stream.detection.backtest import ScoredSeries, backtest
from stream.detection.backtest import Series as Points
from stream.detection.detector import ForecastDetector
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.model import Bundle
from training.book.reconstruction import WindowResults
from training.book.series import NabSeries


@dataclass(frozen=True, slots=True)
class Episodes:
    """When a detector was alarmed, and whether NAB agrees."""

    spans_ms: Int64
    """Shape (episodes, 2). Event time of the first and the last point that each accuses: of its windows, or at which it
    was open."""
    right: Bool
    """Shape (episodes,). It overlaps a labelled window."""
    found: Bool
    """Shape (labels,). An episode overlaps this labelled window."""

    @property
    def n_false(self) -> int:
        """Episodes that touch no labelled window."""
        return int(np.count_nonzero(~self.right))

    def summary(self) -> str:
        """Return how many labels were found and how many episodes are false, in a few words."""
        false = f"{self.n_false} false" if self.n_false else "none false"
        if len(self.found) == 0:
            return f"no label, {false}" if self.n_false else "no label, quiet"
        return f"{int(self.found.sum())} of {len(self.found)}, {false}"


def against(labels_ms: Int64, spans_ms: Int64) -> Episodes:
    """Hold episodes against labelled windows.

    Parameters
    ----------
    labels_ms : int64, shape (labels, 2)
    spans_ms : int64, shape (episodes, 2)
    """
    overlap: Bool = (spans_ms[:, None, 0] <= labels_ms[None, :, 1]) & (spans_ms[:, None, 1] >= labels_ms[None, :, 0])
    return Episodes(spans_ms, np.asarray(overlap.any(axis=1)), np.asarray(overlap.any(axis=0)))


def of_windows(series: NabSeries, window_results: WindowResults, since_ms: int = 0) -> Episodes:
    """Return the episodes that a worker opens with a bundle: flagged windows in a row are one.

    Parameters
    ----------
    window_results : WindowResults
        Of consecutive windows.
    since_ms : int
        Labels and episodes that end earlier do not count.
    """
    edges = np.diff(np.concatenate([[0], window_results.flagged.astype(np.int8), [0]]))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    starts_ms, ends_ms = series.timestamps_ms[window_results.starts], series.timestamps_ms[window_results.ends]
    spans_ms = np.stack([starts_ms[first], ends_ms[last]], axis=1)
    return since(series, spans_ms, since_ms)


def since(series: NabSeries, spans_ms: Int64, since_ms: int) -> Episodes:
    """Hold the episodes that reach into the part of a series from a moment on against the labels that do."""
    labels_ms = series.labels_ms
    return against(labels_ms[labels_ms[:, 1] >= since_ms], spans_ms[spans_ms[:, 1] >= since_ms])


def of_default(many: list[NabSeries]) -> list[Episodes]:
    """Run the shipped model, as a worker with its default settings does, over series side by side.

    No series changes the result of another.
    """
    scorer = ForecastDetector(RecurrentForecaster(Bundle.default().forecaster()))
    scored = backtest(scorer, [Points(series.timestamps_ms, series.values) for series in many])
    return [against(series.labels_ms, _spans_ms(series, found)) for series, found in zip(many, scored, strict=True)]


def _spans_ms(series: NabSeries, found: ScoredSeries) -> Int64:
    """Return when each episode opened and when it was back inside; one that is still open lasts to the end."""
    spans = [(each[0].start_ms, each[-1].end_ms or series.timestamps_ms[-1]) for each in found.episodes()]
    return np.array(spans, np.int64).reshape(-1, 2)
