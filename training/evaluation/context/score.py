"""Scoring of the suite: the detector with a model or with the last value, and the alerts it raises on each series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from stream.detection.arrays import N_OUTPUTS, N_PARAMETERS, Int64, Records
from stream.detection.backtest import PointScorer, Series, backtest
from stream.detection.detector import ForecastDetector
from stream.detection.forecast.shown import Shown
from stream.detection.state.detector_state import DetectorState
from stream.detectors import build_detector, chosen_bundle
from stream.errors import ModelError
from training.evaluation.context.suite import Case, draw
from training.evaluation.pages import PAGING
from training.evaluation.shared import in_processes, shared

LAST_VALUE_LOG_WIDTH = -1.5
"""Log width of the far forecast that the last value stands in for: a quarter of the key's deviation."""

PARTS = 1_000_000
"""In so many parts of a draw is progress counted between processes."""


class Subject(Protocol):
    """What is evaluated."""

    def build_detector(self) -> ForecastDetector:
        """Make a new detector."""


@dataclass(frozen=True, slots=True)
class Model:
    """The detector as it ships, with the bundle of a forecaster; None is the one in the package."""

    path: Path | None = None

    def build_detector(self) -> ForecastDetector:
        """Make a new detector.

        Raises
        ------
        ModelError
            If the bundle is refused, or is no forecaster of one feature.
        """
        bundle = chosen_bundle(self.path)
        detector = build_detector(bundle)
        if not isinstance(detector, ForecastDetector) or detector.n_features != 1:
            raise ModelError(f"model {bundle.path}: expected a forecaster of one feature, found {bundle.kind}")
        return detector


class LastValue:
    """The same detector without a model: what comes next, and in hours, is what is now."""

    def build_detector(self) -> ForecastDetector:
        """Make a new detector."""
        return ForecastDetector(_LastValue())


class _LastValue:
    n_history = model = 0
    looks_ahead = False

    def forecast(self, _state: DetectorState, shown: Shown, forecasts: Records) -> None:
        parameters = np.zeros((len(shown.rows), N_OUTPUTS), np.float32)
        parameters[:, N_PARAMETERS] = shown.inputs[shown.rows, 0] - shown.step_records["seasonal_mean"][shown.rows]
        parameters[:, N_PARAMETERS + 1] = LAST_VALUE_LOG_WIDTH
        forecasts["parameters"][shown.rows], forecasts["is_known"][shown.rows] = parameters, True


def score_suite(
    subject: Subject, seed: int, n_draws: int, progress: Callable[[float], None] = lambda n_done: None
) -> list[tuple[Case, Int64]]:
    """Draw the suite and find the records of each series that raise a page.

    Parameters
    ----------
    subject : Subject
        What is evaluated; it is sent to other processes.
    seed, n_draws : int
        Of the suite; see `training.evaluation.context.suite.draw`.
    progress : callable
        Told how many of the draws are done, parts of them included.

    Returns
    -------
    list of (Case, int64 of shape (pages,))
    """
    tasks = [partial(_score_draw, subject, seed, number) for number in range(n_draws)]
    found = in_processes(tasks, lambda n_done: progress(n_done / PARTS))
    return [evaluated for of_draw in found for evaluated in of_draw]


def _score_draw(subject: Subject, seed: int, number: int) -> list[tuple[Case, Int64]]:
    cases = list(draw(seed, number))
    found = pages(subject.build_detector(), cases, lambda share: shared().add(round(PARTS * share)))
    return list(zip(cases, found, strict=True))


def pages(
    scorer: PointScorer, cases: Sequence[Case], progress: Callable[[float], None] = lambda share: None
) -> list[Int64]:
    """Return the records of each series with an event in `PAGING`, all series side by side as keys of one detector.

    Now and then progress is called with the share of all records that was scored since.
    """
    n_records = sum(len(case.values) for case in cases)
    series = [Series(np.rint(1000 * case.timestamps_s).astype(np.int64), case.values) for case in cases]
    scored = backtest(scorer, series, progress=lambda n_points: progress(n_points / n_records))
    return [found.points_of(*PAGING) for found in scored]
