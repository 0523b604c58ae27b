"""Series that grow: counters, and what doubles again and again."""

from __future__ import annotations

import numpy as np

from training.evaluation.awkward.series import LENGTH, MINUTE_S, LabelledSeries, daily, planted, regular, spots

RESETS = 3
"""Times that the counter's process is started anew."""


def counter(rng: np.random.Generator) -> LabelledSeries:
    """Draw a counter that begins anew now and then; in an event it counts three times as fast."""
    events = spots(rng, 10)
    per_s = planted(np.maximum(daily(rng), 0), events, lambda values: 3 * values)
    lives = np.split(np.round(5 * MINUTE_S * per_s), np.sort(rng.integers(0, LENGTH, RESETS)))
    return regular(np.concatenate([life.cumsum() for life in lives]), events, 5 * MINUTE_S)


def exponential(rng: np.random.Generator) -> LabelledSeries:
    """Draw what doubles every 700 points, with 3 % noise; in an event half of it is gone."""
    events = spots(rng, 10)
    values = 100 * np.exp2(np.arange(LENGTH) / 700) * np.exp(rng.normal(0, 0.03, LENGTH))
    return regular(planted(values, events, lambda values: 0.5 * values), events, MINUTE_S)
