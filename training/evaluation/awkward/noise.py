"""Series of much chance: those that wander, and those whose outliers are normal."""

from __future__ import annotations

import numpy as np

from training.evaluation.awkward.series import LENGTH, MINUTE_S, LabelledSeries, planted, regular, spots


def random_walk(rng: np.random.Generator) -> LabelledSeries:
    """Draw a queue that wanders; in an event it is 40 of its steps from where it was."""
    events = spots(rng, 10)
    values = 1000 + rng.normal(0, 1, LENGTH).cumsum()
    return regular(planted(values, events, lambda values: values + 40), events, MINUTE_S)


def heavy_tails(rng: np.random.Generator) -> LabelledSeries:
    """Draw latencies, a few of them 20 times the usual one; in an event all are 5 times as long."""
    events = spots(rng, 20)
    values = 50 * np.exp(0.4 * rng.standard_t(3, LENGTH))
    return regular(planted(values, events, lambda values: 5 * values), events, MINUTE_S)
