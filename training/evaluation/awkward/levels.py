"""Series of few values: those that stand still, those that switch, those that count."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import Float64
from training.evaluation.awkward.series import LENGTH, MINUTE_S, LabelledSeries, planted, regular, spots


def constant(rng: np.random.Generator) -> LabelledSeries:
    """Draw nothing but 42; in an event 43."""
    events = spots(rng, 10)
    return regular(planted(np.full(LENGTH, 42.0), events, lambda values: values + 1), events, MINUTE_S)


def near_constant(rng: np.random.Generator) -> LabelledSeries:
    """Draw a constant that is read 1 % higher or lower now and then; in an event 3 % higher."""
    values = 4.0 + 0.04 * rng.choice([-1, 0, 1], LENGTH, p=[0.01, 0.98, 0.01])
    events = spots(rng, 10)
    return regular(planted(values, events, lambda values: np.full(len(values), 4.12)), events, MINUTE_S)


def binary(rng: np.random.Generator) -> LabelledSeries:
    """Draw a check that fails once in fifty times; in an event it fails for an hour."""
    events = spots(rng, 60)
    values = (rng.random(LENGTH) > 0.02).astype(np.float64)
    return regular(planted(values, events, np.zeros_like), events, MINUTE_S)


def counts(rng: np.random.Generator) -> LabelledSeries:
    """Draw errors a minute, 3 on the average; in an event there are 22 more."""
    events = spots(rng, 10)
    values = rng.poisson(3.0, LENGTH).astype(np.float64)
    return regular(planted(values, events, lambda values: values + 22), events, MINUTE_S)


def sparse(rng: np.random.Generator) -> LabelledSeries:
    """Draw 0, and one point in fifty a batch of some 100 rows; in an event batches without a pause."""
    events = spots(rng, 20)
    values = np.where(rng.random(LENGTH) < 0.02, np.round(rng.lognormal(4.6, 0.5, LENGTH)), 0.0)

    def busy(values: Float64) -> Float64:
        return np.round(rng.lognormal(4.6, 0.5, len(values)))

    return regular(planted(values, events, busy), events, MINUTE_S)


def level_steps(rng: np.random.Generator) -> LabelledSeries:
    """Draw a level that moves within its range now and then; in an event it is half as high again as ever."""
    steps = rng.random(LENGTH) < 1 / 300
    levels = rng.uniform(50, 100, LENGTH)[np.cumsum(steps)]
    events = spots(rng, 10)
    values = planted(levels, events, lambda values: np.full(len(values), 150.0)) + rng.normal(0, 1, LENGTH)
    return regular(values, events, MINUTE_S)
