"""A user's series as windows: the features of a series side by side, cut by time into three parts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.calibration import CalibrationSeries
from stream.detection.arrays import Float32, Float64, Int64
from stream.detection.forecast.windows import Scaling
from stream.events.text import display_name
from training.fit.data.series import Series
from training.fit.plan import DataPlan, Split


class JoinedSeries(NamedTuple):
    """A series with all of its features."""

    name: str
    timestamps_ms: Int64
    """Shape (points,)."""
    values: Float64
    """Shape (points, features)."""
    split: Split

    @property
    def learned(self) -> Float64:
        """Values of the first part."""
        return self.values[: self.split.n_learned]

    @property
    def validation(self) -> Float64:
        """Values of the second part."""
        return self.values[self.split.n_learned : self.split.held_out_start]

    @property
    def held_out(self) -> Float64:
        """Values of the last part."""
        return self.values[self.split.held_out_start :]


def join(series: Series, features: tuple[str, ...], plan: DataPlan) -> list[JoinedSeries]:
    """Bring the features of each series together; a series that lacks one is left out.

    Parameters
    ----------
    series : Series
        Each feature is one of its own here; all features of a series have the same times.
    features : tuple of str
        Empty for plain numbers.
    plan : DataPlan
        Its shares cut each series.
    """
    numbers = {name: i for i, name in enumerate(series.names)}
    last = display_name("", features[-1]) if features else ""  # As a suffix.
    joined = []
    for name in (name.removesuffix(last) for name in series.names if name.endswith(last)):
        parts = [numbers.get(display_name(name, feature)) for feature in features or ("",)]
        if None in parts:
            continue
        points = [series.points(i) for i in parts if i is not None]
        values = np.column_stack([column for _, column in points])
        joined.append(JoinedSeries(name, points[0][0], values, Split.of(len(values), plan.validation, plan.held_out)))
    return joined


def sample_windows(data: CalibrationSeries, scaling: Scaling, window: int, n_most: int, seed: int) -> Float32:
    """Return scaled windows that start at every point, or as many as allowed, chosen by the seed.

    Returns
    -------
    float32, shape (windows, window, features)
    """
    places = np.arange(data.n_windows(window))
    if len(places) > n_most:
        places = np.sort(np.random.default_rng(seed).choice(places, n_most, replace=False))
    return scaling.scaled(np.stack([data.window(int(place), window) for place in places]))
