"""How a fit is done: every number that decides its result, in one frozen place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from itertools import count

from stream.errors import SettingsError

N_STRETCH = 192
"""Records through which gradients reach back, as for the shipped model."""

N_LEAST_LEARNED = 2 * N_STRETCH + 1
"""The first stretch only brings the scale and the state to rest; the second is learned from."""

LEAST_SHARE, MOST_SHARE = 0.02, 0.8


@dataclass(frozen=True, slots=True)
class Split:
    """Points of a series in its three parts; each series is cut at times of its own."""

    n_learned: int
    n_validation: int
    n_held_out: int
    """Points of the first, the second and the last part."""

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


@dataclass(frozen=True, slots=True)
class DataPlan(ABC):
    """What a fit of any kind asks of its data."""

    seed: int = 1
    """Decides the choice of series and windows, their order, the noise, and the first weights from scratch."""
    validation: float = 0.2
    held_out: float = 0.2
    """Shares of a series: the part that stops the learning, and after it the part that evaluates the result."""

    def __post_init__(self) -> None:
        """Refuse shares that leave too little to learn from."""
        shares = self.validation, self.held_out
        if not (min(shares) >= LEAST_SHARE and sum(shares) <= MOST_SHARE):
            raise SettingsError(
                f"--validation, --held-out: expected shares of at least {LEAST_SHARE:g}, at most {MOST_SHARE:g} "
                f"together, found {self.validation:g} and {self.held_out:g}"
            )

    @property
    @abstractmethod
    def least_points(self) -> int:
        """The fewest points of a series that can be used."""

    def to_json(self) -> dict[str, object]:
        """Return every number by its name, as JSON holds it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FitPlan(DataPlan):
    """The numbers of a fit of the forecaster; see `DataPlan` too."""

    from_scratch: bool = False
    """Start from random weights instead of the shipped ones."""
    n_epochs: int = 60
    """The most epochs."""
    patience: int = 10
    """Epochs without a better validation loss after which it ends."""
    n_most_windows: int = 8_192
    """Stretches of 192 records that are learned from; of more, the seed chooses so many."""
    n_batch: int = 48
    """Stretches of an update, fewer where an epoch would have less than `n_least_updates` updates."""
    n_least_updates: int = 8
    learning_rate: float = 1e-3
    rate_decay: float = 0.9
    """Adam's first rate, and the factor on it from one epoch to the next, for the shipped weights. Three times the rate
    that falls slower learned nyc_taxi's and an ec2 file's habits so well that what was unusual in their last part cost
    most of the gain (docs/train-on-your-data.md)."""
    scratch_rate: float = 3e-3
    scratch_decay: float = 0.97
    """The same from scratch."""
    gradient_norm: float = 1.0
    target_noise: float = 0.003
    """As for the shipped model, see `training.loop.plan`."""

    @property
    def least_points(self) -> int:
        """The fewest points of a series with one stretch to learn from."""
        return least_points(self.validation, self.held_out)
