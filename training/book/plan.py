"""How the chapter is run: every number that decides its result, in one frozen place."""

from __future__ import annotations

from dataclasses import dataclass

from training.autoencoder.plan import NetworkPlan

LEAST_WINDOWS = 200
"""Windows below which 20 epochs of small batches teach too little: 84 windows ended with an RMSE above 0.10."""


@dataclass(frozen=True, slots=True)
class BookPlan:
    """The numbers of a run."""

    time_steps: int = 48
    """Points of a window; the chapter's is 48."""
    stride: int | None = None
    """Points from the start of one window to the next; None chooses for each series (`stride_of`)."""
    n_epochs: int = 20
    """The chapter's is 20."""
    n_batch: int = 8
    """Windows of one update. 215 windows in batches of 32 make 140 updates in 20 epochs, which ends far above the
    chapter's RMSE; in batches of 8 they make 540."""
    n_units: int = 64
    """Of the LSTM."""
    seed: int = 7
    """Decides first weights and the order of windows."""
    share: float = 0.99
    """Share of window errors at or below the threshold."""
    fit_share: float = 0.35
    calibration_share: float = 0.15
    """The honest way's first two parts of a series; the rest evaluates it. Most of the labels lie in the last half."""

    @property
    def network(self) -> NetworkPlan:
        """The chapter's network and its fit, which goes through all epochs."""
        return NetworkPlan(
            time_steps=self.time_steps,
            n_units=self.n_units,
            n_epochs=self.n_epochs,
            n_batch=self.n_batch,
            seed=self.seed,
        )

    def stride_of(self, n_points: int) -> int:
        """Choose the stride of a series: the longest part of a window that leaves `LEAST_WINDOWS` windows.

        nyc_taxi with 10,320 points keeps windows that do not overlap: the chapter's 215.
        """
        if self.stride is not None:
            return self.stride
        divisors = (stride for stride in range(self.time_steps, 1, -1) if self.time_steps % stride == 0)
        return next((stride for stride in divisors if self.n_windows(n_points, stride) >= LEAST_WINDOWS), 1)

    def n_windows(self, n_points: int, stride: int) -> int:
        """Count the windows of so many points."""
        return max(0, (n_points - self.time_steps) // stride + 1)

    @property
    def least_points(self) -> int:
        """The fewest points of a series whose calibration part still fills a window."""
        return int(self.time_steps / self.calibration_share) + 1
