"""The chapter with one series: fitted and judged on the same windows; the honest way and the default beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stream.detection.windows import cut
from training.book.episodes import Episodes, of_windows
from training.book.honest import Honest, fit_honestly
from training.book.network import Fitted, Watch, fit
from training.book.plan import BookPlan
from training.book.reconstruction import Judgement, Sealed, judge, seal_network
from training.book.series import Series


@dataclass(frozen=True, slots=True)
class Chapter:
    """All that came of one series.

    Attributes
    ----------
    series : Series
    stride : int
    fitted : Fitted
    sealed : Sealed
    judgement : Judgement
        Of the windows that were learned from.
    episodes : Episodes
    honest : Honest
    default : Episodes
        Of the shipped model.
    """

    series: Series
    stride: int
    fitted: Fitted
    sealed: Sealed
    judgement: Judgement
    episodes: Episodes
    honest: Honest
    default: Episodes


def study(plan: BookPlan, series: Series, default: Episodes, logdir: Path, watch: Watch) -> Chapter:
    """Do with one series what the chapter does, then the same honestly.

    Parameters
    ----------
    plan : BookPlan
    series : Series
    default : Episodes
        What the shipped model says of it.
    logdir : Path
        For TensorBoard.
    watch : callable
        Told of every epoch, of both ways one after the other.
    """
    stride = plan.stride_of(len(series.values))
    scaling = series.scaling()
    windows = cut(scaling.scaled(series.values[:, None]), plan.time_steps, stride)
    fitted = fit(plan, windows, windows, watch, logdir)
    sealed = seal_network(fitted, series.name, plan, scaling, stride, windows)
    judgement = judge(sealed.bundle, series.values)
    return Chapter(
        series=series,
        stride=stride,
        fitted=fitted,
        sealed=sealed,
        judgement=judgement,
        episodes=of_windows(series, judgement),
        honest=fit_honestly(plan, series, stride, watch),
        default=default,
    )
