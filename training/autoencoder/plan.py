"""How an autoencoder is fitted: every number that decides its result, in one frozen place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from math import ceil

from training.fit.plan import DataPlan, Split


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """A network and its fit."""

    time_steps: int = 48
    n_features: int = 1
    """Of a window."""
    n_units: int = 64
    """Of the LSTM."""
    n_epochs: int = 20
    n_batch: int = 8
    """The most epochs; windows of an update."""
    patience: int | None = None
    """Epochs without a better validation loss after which the fit ends; None for all epochs."""
    seed: int = 7
    """Decides first weights and the order of windows."""


@dataclass(frozen=True, slots=True)
class AutoencoderPlan(DataPlan):
    """A fit on a user's series; see `DataPlan` for what it asks of them, and `NetworkPlan`."""

    time_steps: int = 48
    stride: int = 12
    """Points from one scored window to the next, in the worker."""
    n_units: int = 64
    n_epochs: int = 20
    """The most epochs. The longer it learns, the better it copies windows of any shape, unusual ones too, and the
    validation loss does not show it."""
    n_batch: int = 32
    patience: int = 10
    quantile: float = 0.99
    """Share of the validation windows that score below 1."""
    n_most_windows: int = 8_192
    """Windows that are learned from, and as many that stop the learning; of more, the seed chooses."""

    @property
    def least_points(self) -> int:
        """The fewest points of a series with enough windows for the threshold."""
        n_needed = self.time_steps + ceil(round(1 / (1 - self.quantile), 6)) - 1
        splits = ((n_points, Split.of(n_points, self.validation, self.held_out)) for n_points in count(n_needed))
        return next(
            n_points
            for n_points, split in splits
            if split.n_validation >= n_needed and min(split.n_learned, split.n_held_out) >= 2 * self.time_steps
        )

    def network(self, n_features: int) -> NetworkPlan:
        """Return the plan of the network."""
        return NetworkPlan(
            time_steps=self.time_steps,
            n_features=n_features,
            n_units=self.n_units,
            n_epochs=self.n_epochs,
            n_batch=self.n_batch,
            patience=self.patience,
            seed=self.seed,
        )
