"""How a bundle does on the held-out points, which nothing was fitted to, beside the shipped model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from stream.calibration import reconstruction_errors
from stream.calibration.errors import OwnMean
from stream.detection.forecast.windows import WindowModel
from stream.detectors import scaling_of
from stream.errors import ModelError
from stream.events.text import display_name
from stream.library.backtest import backtest
from stream.library.options import Options
from stream.library.results import Backtest
from stream.model import Bundle, WindowedReconstruction
from training.autoencoder.series import JoinedSeries


@dataclass(frozen=True, slots=True)
class HeldOutResult:
    """The held-out points of one series."""

    series: str
    n_points: int
    n_windows: int
    n_flagged: int
    """Points; windows that a worker scores there; those of them with a score of 1 or more."""
    rms: float
    baseline_rms: float
    """Root mean square of what the model misses, and of what the window's own mean misses, in scaled units: 1 is the
    range of the training part."""
    n_episodes: int
    n_shipped_episodes: int
    """Episodes that open there, by this model and by the shipped one."""

    def to_json(self) -> dict[str, object]:
        """Return every number by its name."""
        return asdict(self)


def evaluate(
    bundle: Bundle, many: list[JoinedSeries], options: Options, report: Callable[[int], None]
) -> tuple[list[HeldOutResult], list[Backtest]]:
    """Score every series from its first point, as a worker would, with both models.

    Parameters
    ----------
    options : Options
        The worker's settings.
    report : callable
        Called with the number of points that are done, those of both models.

    Returns
    -------
    list of HeldOutResult
    list of Backtest
        With the new model, whole series.

    Raises
    ------
    ModelError
        If the bundle is of another kind.
    """
    features = bundle.metadata.features
    plain = len(features) == 1
    points = {each.name: (each.timestamps_ms, each.values[:, 0] if plain else each.values) for each in many}
    results = backtest(points, model=bundle, progress=lambda done, _: report(done), **options)
    n_done = sum(len(each.values) for each in many)
    alone = {
        display_name(each.name, "" if plain else feature): (each.timestamps_ms, each.values[:, i])
        for each in many
        for i, feature in enumerate(features)
    }
    shipped = backtest(alone, progress=lambda done, _: report(n_done + done), **options)
    names = {each.name: [display_name(each.name, "" if plain else feature) for feature in features] for each in many}
    return [
        _result(bundle, each, results[each.name], [shipped[name] for name in names[each.name]]) for each in many
    ], list(results.values())


def _result(bundle: Bundle, series: JoinedSeries, result: Backtest, shipped: list[Backtest]) -> HeldOutResult:
    made = bundle.metadata
    if not isinstance(made, WindowedReconstruction):
        raise ModelError(f"expected a bundle that reconstructs windows, found {bundle.kind} in {bundle.path}")
    start = series.split.held_out_start
    scores = result.scores[start + made.window - 1 :]  # Of windows that lie in the part whole.
    rows = scaling_of(made).scaled(series.held_out)

    def rms(model: WindowModel) -> float:
        errors = reconstruction_errors(model, rows, made.window, made.stride)
        return float(np.sqrt(np.mean(errors * errors) / (made.window * rows.shape[1])))

    return HeldOutResult(
        series=series.name,
        n_points=len(series.held_out),
        n_windows=int(np.count_nonzero(np.isfinite(scores))),
        n_flagged=int(np.count_nonzero(scores >= 1)),
        rms=rms(bundle.window_model()),
        baseline_rms=rms(OwnMean(made.window)),
        n_episodes=_n_opened([result], start),
        n_shipped_episodes=_n_opened(shipped, start),
    )


def _n_opened(results: list[Backtest], start: int) -> int:
    return sum(episode.first >= start for result in results for episode in result.episodes)
