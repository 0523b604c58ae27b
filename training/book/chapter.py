"""The chapter with one series: fitted and evaluated on the same windows; the honest way and the default beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from stream.detection.forecast.windows import sliding_windows
from training.autoencoder.network import Fitted, Watch, fit
from training.book.episodes import Episodes, of_windows, since
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


class Later(NamedTuple):
    """Results of the others on the part that the honest way is evaluated on."""

    window_results: WindowResults
    """The chapter's, of the windows that start there."""
    episodes: Episodes
    """Of these windows."""
    default: Episodes
    """Of the shipped model, as far as they reach into the part."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """All that came of one series."""

    series: NabSeries
    stride: int
    fitted: Fitted
    sealed: Sealed
    window_results: WindowResults
    """Of the windows that were learned from."""
    episodes: Episodes
    honest: Honest
    default: Episodes
    """Of the shipped model."""

    @property
    def honest_unit(self) -> float:
        """The scaled unit of the honest way in that of the chapter: range of the first part over that of all values."""
        return float(self.series.scaling(self.honest.parts.calibration).scale[0] / self.series.scaling().scale[0])

    @property
    def honest_rmse(self) -> float:
        """RMSE of the honest way on points that it has never seen, in the chapter's scaled units."""
        return self.honest.on_rest.rmse * self.honest_unit

    def later(self) -> Later:
        """Return the results of the chapter's model and the shipped one on that part."""
        evaluated = self.honest.parts.evaluated
        since_ms = int(self.series.timestamps_ms[evaluated])
        window_results = self.window_results.only(self.window_results.starts >= evaluated)
        return Later(
            window_results,
            of_windows(self.series, window_results, since_ms),
            since(self.series, self.default.spans_ms, since_ms),
        )


def study(plan: BookPlan, series: NabSeries, default: Episodes, logdir: Path, watch: Watch) -> Chapter:
    """Do with one series what the chapter does, then the same honestly.

    Parameters
    ----------
    default : Episodes
        Of the shipped model.
    logdir : Path
        For TensorBoard.
    watch : callable
        Called after every epoch, of both ways one after the other.
    """
    stride = plan.stride_of(len(series.values))
    scaling = series.scaling()
    windows = sliding_windows(scaling.scaled(series.values[:, None]), plan.time_steps, stride)
    fitted = fit(plan.network, windows, windows, watch, logdir)
    sealed = seal_network(fitted, series.name, plan, scaling, stride, windows)
    window_results = score_windows(sealed.bundle, series.values)
    return Chapter(
        series=series,
        stride=stride,
        fitted=fitted,
        sealed=sealed,
        window_results=window_results,
        episodes=of_windows(series, window_results),
        honest=fit_honestly(plan, series, stride, watch),
        default=default,
    )
