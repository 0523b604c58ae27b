"""The sweep: what stride, batch and epochs make of the chapter's headline, on nyc_taxi."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from stream.detection.forecast.windows import sliding_windows, window_errors
from training.autoencoder.network import Fitted, fit
from training.book.plan import BookPlan
from training.book.reconstruction import threshold
from training.book.series import NabSeries

SERIES = "nyc_taxi"
EVALUATIONS = (1, 2, 5, 10, 20)
"""Epochs after which a fit is evaluated, as far as it goes; and after its last."""


class Setting(NamedTuple):
    """How a fit of the sweep differs from the plan."""

    stride: int
    n_batch: int
    n_epochs: int


class SweepResult(NamedTuple):
    """What a fit had reached: on the chapter's windows, which do not overlap, whatever it learned from."""

    stride: int
    n_batch: int
    n_epochs: int
    n_updates: int
    """How it was fitted."""
    rmse: float
    threshold: float
    """In scaled units."""


def settings(plan: BookPlan, whole: bool) -> list[Setting]:
    """List the fits: the chapter's windows in small and usual batches, and overlapping ones.

    Parameters
    ----------
    whole : bool
        Windows that start at every point get all epochs (some minutes) instead of 2.
    """
    steps, epochs = plan.time_steps, plan.n_epochs
    return [
        Setting(steps, 8, epochs),
        Setting(steps, 32, epochs),
        Setting(max(1, steps // 4), 32, epochs),
        Setting(1, 32, epochs if whole else min(2, epochs)),
    ]


def sweep(
    plan: BookPlan,
    series: NabSeries,
    fits: list[Setting],
    begun: Callable[[Setting], None],
    advance: Callable[[], None],
) -> list[SweepResult]:
    """Fit once for each setting and look at it on the way.

    Parameters
    ----------
    begun, advance : callable
        Called before each fit, and after each of its epochs.
    """
    rows = series.scaling().scaled(series.values[:, None])
    evaluated = sliding_windows(rows, plan.time_steps, plan.time_steps)
    evaluations: list[SweepResult] = []
    for setting in fits:
        windows = sliding_windows(rows, plan.time_steps, setting.stride)
        n_updates = -(-len(windows) // setting.n_batch)

        def watch(epoch: int, fitted: Fitted, setting: Setting = setting, n_updates: int = n_updates) -> None:
            advance()
            if epoch in EVALUATIONS or epoch == setting.n_epochs:
                redrawn = fitted.predict(evaluated)
                rmse = float(np.sqrt(np.mean(np.subtract(evaluated, redrawn, dtype=np.float64) ** 2)))
                limit = threshold(window_errors(evaluated, redrawn), plan.share)
                evaluations.append(SweepResult(setting.stride, setting.n_batch, epoch, epoch * n_updates, rmse, limit))

        begun(setting)
        fitted_by = replace(plan, n_batch=setting.n_batch, n_epochs=setting.n_epochs)
        fit(fitted_by.network, windows, evaluated, watch)
    return evaluations
