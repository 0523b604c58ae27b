"""How a fit is done: every number that decides its result, in one frozen place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass

from stream.errors import SettingsError
from training.fit.split import least_points

LEAST_SHARE, MOST_SHARE = 0.02, 0.8


@dataclass(frozen=True, slots=True)
class DataPlan(ABC):
    """What a fit of any kind asks of its data.

    Attributes
    ----------
    seed : int
        Decides the choice of series and windows, their order, the noise, and the first weights from scratch.
    validation, held_out : float
        Shares of a series: the part that stops the learning, and after it the part that evaluates the result.
    """

    seed: int = 1
    validation: float = 0.2
    held_out: float = 0.2

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
    """The numbers of a fit of the forecaster; see `DataPlan` too.

    Attributes
    ----------
    from_scratch : bool
        Start from random weights instead of the shipped ones.
    n_epochs : int
        The most epochs.
    patience : int
        Epochs without a better validation loss after which it ends.
    n_most_windows : int
        Stretches of 192 records that are learned from; of more, the seed chooses so many.
    n_batch : int
        Stretches of an update, fewer where an epoch would have less than `n_least_updates` updates.
    learning_rate, rate_decay : float
        Adam's first rate, and the factor on it from one epoch to the next, for the shipped weights. Three times the
        rate that falls slower learned nyc_taxi's and an ec2 file's habits so well that what was unusual in their last
        part cost most of the gain (docs/train-on-your-data.md).
    scratch_rate, scratch_decay : float
        The same from scratch.
    gradient_norm, target_noise : float
        As for the shipped model, see `training.loop.plan`.
    """

    from_scratch: bool = False
    n_epochs: int = 60
    patience: int = 10
    n_most_windows: int = 8_192
    n_batch: int = 48
    n_least_updates: int = 8
    learning_rate: float = 1e-3
    rate_decay: float = 0.9
    scratch_rate: float = 3e-3
    scratch_decay: float = 0.97
    gradient_norm: float = 1.0
    target_noise: float = 0.003

    @property
    def least_points(self) -> int:
        """The fewest points of a series with one stretch to learn from."""
        return least_points(self.validation, self.held_out)
