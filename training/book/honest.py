"""The honest way: fitted on the first part of a series, the threshold from a second, evaluated on the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

from stream.detection.forecast.windows import sliding_windows
from training.autoencoder.network import Fitted, Watch, fit
from training.book.episodes import Episodes, of_windows
from training.book.plan import BookPlan
from training.book.reconstruction import Sealed, WindowResults, score_windows, seal_network
from training.book.series import NabSeries


class Parts(NamedTuple):
    """Number of the first point of the calibration part, and of the part that it is evaluated on."""

    calibration: int
    evaluated: int

    @classmethod
    def of(cls, n_points: int, plan: BookPlan) -> Self:
        """Split a series by time."""
        fitted = int(n_points * plan.fit_share)
        return cls(fitted, fitted + int(n_points * plan.calibration_share))


@dataclass(frozen=True, slots=True)
class Honest:
    """What came of the honest way."""

    parts: Parts
    fitted: Fitted
    sealed: Sealed
    on_fit: WindowResults
    on_calibration: WindowResults
    on_rest: WindowResults
    """Of the windows, a stride apart, that lie in each part."""
    episodes: Episodes
    """In the last part, held against the labels that reach into it."""


def fit_honestly(plan: BookPlan, series: NabSeries, stride: int, watch: Watch) -> Honest:
    """Fit, calibrate and evaluate on three parts of a series; `stride` is that of the last part's windows.

    Scaling and weights come from the first part alone, cut into about as many windows as the chapter has of the whole
    series: fewer would be fewer updates, and a worse fit would pass for a worse method. Calibration windows start at
    every point, since every stride-th would be a few dozen, too few for a 0.99 quantile; they also are the validation.
    """
    parts = Parts.of(len(series.values), plan)
    scaling = series.scaling(parts.calibration)
    rows = scaling.scaled(series.values[:, None])
    calibration = sliding_windows(rows[parts.calibration : parts.evaluated], plan.time_steps, 1)
    windows = sliding_windows(rows[: parts.calibration], plan.time_steps, plan.stride_of(parts.calibration))
    fitted = fit(plan.network, windows, calibration, watch)
    sealed = seal_network(fitted, f"{series.name}-honest", plan, scaling, stride, calibration)
    window_results = score_windows(sealed.bundle, series.values)
    on_rest = window_results.only(window_results.starts >= parts.evaluated)
    return Honest(
        parts=parts,
        fitted=fitted,
        sealed=sealed,
        on_fit=window_results.only(window_results.ends < parts.calibration),
        on_calibration=window_results.only(
            (window_results.starts >= parts.calibration) & (window_results.ends < parts.evaluated)
        ),
        on_rest=on_rest,
        episodes=of_windows(series, on_rest, int(series.timestamps_ms[parts.evaluated])),
    )
