"""Series of the same daily load in other units, and one that was once absurdly far off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.evaluation.awkward.clocks import daily_noise
from training.evaluation.awkward.series import LabelledSeries

ABSURD_AT = 1500
ABSURD_RANGES = 1e6


def times(factor: float) -> Callable[[np.random.Generator], LabelledSeries]:
    """Make the daily load in a unit so many times as small."""

    def scaled(rng: np.random.Generator) -> LabelledSeries:
        series = daily_noise(rng)
        return series._replace(values=series.values * factor)

    return scaled


def absurd_value(rng: np.random.Generator) -> LabelledSeries:
    """Draw the load; at point 1,500 one value is a million of its ranges away."""
    series = daily_noise(rng)
    values = series.values.copy()
    values[ABSURD_AT] += ABSURD_RANGES * np.ptp(values)
    absurd = [[ABSURD_AT, ABSURD_AT + 1]]
    return series._replace(values=values, events=np.sort(np.concatenate([series.events, absurd]), axis=0))
