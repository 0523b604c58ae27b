"""The split of a series by time: the training part, then validation, then the held-out part."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

N_STRETCH = 192
"""Records through which gradients reach back, as for the shipped model."""

N_LEAST_LEARNED = 2 * N_STRETCH + 1
"""The first stretch only brings the scale and the state to rest; the second is learned from."""


@dataclass(frozen=True, slots=True)
class Split:
    """Points of a series in its three parts; each series is cut at times of its own.

    Attributes
    ----------
    n_learned, n_validation, n_held_out : int
        Points of the first, the second and the last part.
    """

    n_learned: int
    n_validation: int
    n_held_out: int

    @classmethod
    def of(cls, n_points: int, validation: float, held_out: float) -> Split:
        """Cut `n_points` points by the shares of the second and the last part."""
        n_held_out, n_validation = round(held_out * n_points), round(validation * n_points)
        return cls(n_points - n_validation - n_held_out, n_validation, n_held_out)

    @property
    def held_out_start(self) -> int:
        """Index of the first point that nothing was chosen by."""
        return self.n_learned + self.n_validation

    @property
    def n_windows(self) -> int:
        """Stretches that are learned from: whole ones, but for the first of the series."""
        return max(0, (self.n_learned - 1) // N_STRETCH - 1)


def least_points(validation: float, held_out: float) -> int:
    """Return how many points a series must have for one stretch to learn from."""
    return next(n_points for n_points in count(N_LEAST_LEARNED) if Split.of(n_points, validation, held_out).n_windows)
