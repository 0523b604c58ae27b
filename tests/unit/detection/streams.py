"""Small streams of many kinds, and a model without weights, for tests of the detector."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import N_OUTPUTS, N_UNITS, Bool, Float32, Float64, Int64
from stream.detection.scoring.scorer import AnomalyScorer
from tests.plain.stepwise import Stepwise

START_S = 1_700_000_000.0
INTERVAL_S = 1800.0
SEASON = 12
STILL = 20


class Echo(Stepwise):
    """A recurrent model in which every number depends on inputs and state, and no row on another."""

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        seen = np.ascontiguousarray(np.resize(inputs.T, (N_UNITS, len(inputs))).T)
        c = np.float32(0.9) * c + np.float32(0.1) * seen
        h = np.tanh(c - np.float32(0.3) * h)
        return h[:, :N_OUTPUTS].copy(), h, c


def times_s(n: int, n_keys: int = 1, interval_s: float = INTERVAL_S) -> Float64:
    """Regular times of n records, shape (n, n_keys)."""
    return np.repeat(START_S + interval_s * np.arange(n), n_keys).reshape(n, n_keys)


def streams(n: int, n_keys: int, seed: int) -> Float64:
    """Values of n records of keys that behave in six ways; shape (n, n_keys).

    The first way is a rhythm of 12 records, a day at two hours, that stands still in the end; the others have outliers.
    """
    rng, t = np.random.default_rng(seed), np.arange(n)
    noise = rng.normal(size=(n_keys, n))
    values = noise.copy()
    values[0::6] += 40 * np.sin(2 * np.pi * t / SEASON)
    values[0::6, -STILL:] = values[0::6, -STILL, None]
    values[1::6] = noise[1::6].cumsum(axis=1)
    values[2::6] = 1e6 + np.abs(noise[2::6]).cumsum(axis=1)
    values[3::6] = 7
    values[4::6] = np.round(0.1 * noise[4::6], 2)
    values[5::6] += np.where(t < n // 2, 5, 5e4)
    outliers = rng.random((n_keys, n)) < 0.01
    outliers[0::6] = False
    values[outliers] *= 1e4
    return values.T.copy()


def scored(detector: AnomalyScorer, slots: Int64, timestamps_s: Float64, values: Float64) -> tuple[Float64, Bool]:
    """Score all records, the same keys together each time; scores and alarms of shape (n, n_keys)."""
    each = [detector.score(slots, *record) for record in zip(timestamps_s, values, strict=True)]
    return np.array([scores.score for scores in each]), np.array([scores.alarm for scores in each])
