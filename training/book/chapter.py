"""The chapter with one series: fitted and evaluated on the same windows; the honest way and the default beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from stream.detection.forecast.windows import sliding_windows
from training.autoencoder.network import Fitted, Watch, fit
from training.book.episodes import Episodes, of_windows, since
from training.book.honest import Honest, fit_honestly
from training.book.plan import BookPlan
from training.book.reconstruction import Sealed, WindowResults, score_windows, seal_network
from training.book.series import NabSeries


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
