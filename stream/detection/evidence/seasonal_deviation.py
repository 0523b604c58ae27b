"""Seasonal deviation: unexpected values for this time of week."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.forecast.horizon import ForecastError
from stream.detection.kernel.adaptive_threshold import Excursion, limit_of, updated_excursion
from stream.detection.state.key import Key

FARTHEST: Final = np.float32(25)
"""Widths of the far forecast that one record may count, so that no record speaks for an hour."""

FAST, SLOW = np.float32(3), np.float32(6)
"""Far forecasts over which the leaky means reach: a record may be off, a moment is off for a while."""

LEAST: Final = np.float32(2.7)
"""Widths of the far forecast that the slow mean must be off to alarm, however well a key has been foreseen."""

YOUNG: Final = np.float32(0.4)
GROWN_UP: Final = np.float32(4032)
"""The boundary of a key with a new rhythm is so much higher, for every witness; that wears off in so many far
forecasts, two weeks of five minutes."""

EXPECTED, UNEXPECTED = np.float32(1), np.float32(2)
"""Fast means, in widths of the far forecast: below, a record was expected long before; above, it was not."""

CALMING: Final = np.float32(0.5)
"""What is left of the evidence of novelty in a record that was expected long before."""

NONE, ALL = np.float32(0), np.float32(1)


class SeasonalDeviation(NamedTuple):
    """Score of the far forecasts for a record."""

    score: np.float32
    """How far off the moment is, 1 at the alarm boundary; 0 where nothing was forecast."""
    novelty_weight: np.float32
    """Part of the evidence of novelty that stands: `CALMING` for what was expected to 1."""
    maturity_weight: np.float32
    """Part of all evidence that stands while the rhythm is new, 1 in the end."""


@compiled
def score(key: Key, miss: ForecastError, rate: np.float32) -> SeasonalDeviation:
    """Score a record against far forecasts; learn their error.

    Parameters
    ----------
    miss : ForecastError
        From `outlook.due`.
    rate : float32
        Part of the way from one far forecast to the next that a record is.
    """
    away = min(max(miss.error, -FARTHEST), FARTHEST)
    key.moment_fast += rate / FAST * (away - key.moment_fast)
    key.moment += rate / SLOW * (away - key.moment)
    if miss.known:
        key.moment_age += rate
    trust = ALL / (ALL + YOUNG * np.exp(-key.moment_age / GROWN_UP))
    return SeasonalDeviation(
        _normalise(key, abs(key.moment), rate), _novelty_weight(abs(key.moment_fast), miss.known), trust
    )


@compiled
def _normalise(key: Key, off: np.float32, rate: np.float32) -> np.float32:
    """Return the deviation relative to the key's limit; learn it."""
    limit = limit_of(key.moment_high, LEAST)
    key.moment_high, key.moment_peak = updated_excursion(Excursion(key.moment_high, key.moment_peak), off, limit, rate)
    return off / limit


@compiled
def _novelty_weight(off: np.float32, known: bool) -> np.float32:
    if not known:
        return ALL
    ramp = min(max((off - EXPECTED) / (UNEXPECTED - EXPECTED), NONE), ALL)
    return CALMING + (ALL - CALMING) * ramp
