"""Obvious faults: what anybody would see in an otherwise calm series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from training.evaluation.calm.kinds import Float64, Rng

Fault: TypeAlias = Callable[[Rng, Float64, float], Float64]
"""Changes the values of the fault's points; the last argument is a robust deviation of the series."""

GRACE: Final = 24
"""Points after a fault in which a page is still its own."""


class Planted(NamedTuple):
    """A fault: what it does, and to how many points."""

    change: Fault
    n_points: int


def _variance(rng: Rng, values: Float64, deviation: float) -> Float64:
    added: Float64 = np.sqrt(2) * deviation * rng.normal(size=len(values))
    return values + added


FAULTS: Final[dict[str, Planted]] = {
    "spike of 6": Planted(lambda rng, values, deviation: values + 6 * deviation, 1),
    "spike of 10": Planted(lambda rng, values, deviation: values + 10 * deviation, 1),
    "shift of 3": Planted(lambda rng, values, deviation: values + 3 * deviation, 100),
    "shift of 4": Planted(lambda rng, values, deviation: values + 4 * deviation, 100),
    "flat line": Planted(lambda rng, values, deviation: np.full_like(values, values[0]), 100),
    "dropout": Planted(lambda rng, values, deviation: np.full_like(values, min(0, values.mean() - 8 * deviation)), 20),
    "variance x 3": Planted(_variance, 100),
    "slow ramp to 5": Planted(lambda rng, values, deviation: values + np.linspace(0, 5, len(values)) * deviation, 300),
    "(nothing)": Planted(lambda rng, values, deviation: values, 100),
}
"""By name; the last shows what would have been found without a fault."""


def robust_deviation(values: Float64) -> float:
    """Return 1.4826 times the median distance from the median, or the deviation where that is 0."""
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return spread or float(values.std())
