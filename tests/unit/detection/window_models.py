"""Window models of a line each, for tests."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import Float32


class Half:
    """Redraws every window at half its height; keeps what it was shown."""

    def __init__(self) -> None:
        self.seen: list[Float32] = []

    def predict(self, windows: Float32) -> Float32:
        self.seen.append(windows.copy())
        return windows / np.float32(2)


class Flat:
    """Redraws every window as zeros: the window error is the window's own norm."""

    def predict(self, windows: Float32) -> Float32:
        return np.zeros_like(windows)


class Drift:
    """Forecasts that the last step is made again, feature by feature."""

    def __init__(self) -> None:
        self.seen: list[Float32] = []

    def predict(self, windows: Float32) -> Float32:
        self.seen.append(windows.copy())
        forecast: Float32 = 2 * windows[:, -1:] - windows[:, -2:-1]
        return forecast


class Broken:
    """Answers with numbers that are none."""

    def predict(self, windows: Float32) -> Float32:
        return np.full_like(windows, np.nan)
