"""Baseline models: last value and window mean."""

from __future__ import annotations

from stream.detection.arrays import Float32


class LastValue:
    """Forecasts that all stays as it is."""

    def predict(self, windows: Float32) -> Float32:
        """Return the last row of each window.

        Shape (batch, 1, features).
        """
        return windows[:, -1:]


class OwnMean:
    """Redraws a window as its own mean."""

    def __init__(self, n_steps: int) -> None:
        self._n_steps = n_steps

    def predict(self, windows: Float32) -> Float32:
        """Return the mean of each window and feature.

        Shape (batch, n_steps, features).
        """
        means: Float32 = windows.mean(axis=1, keepdims=True).repeat(self._n_steps, axis=1)
        return means
