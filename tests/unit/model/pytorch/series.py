"""The series that the PyTorch forecaster learned, and that its bundle is calibrated on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

FEATURES = ("cpu", "mem")
WINDOW = 24
OFFSET, SCALE = (0.0, 2e9), (100.0, 4e9)
"""What the model was trained with."""


def series(n_points: int, seed: int) -> Float64:
    """Draw load and memory of a host: two rhythms, one for each, and noise; shape (n_points, 2)."""
    random = np.random.default_rng(seed)
    t = np.arange(n_points) + random.integers(0, 1000)
    cpu = 50 + 30 * np.sin(2 * np.pi * t / 24) + random.normal(0, 2, n_points)
    mem = 4e9 + 1e9 * np.sin(2 * np.pi * t / 40) + random.normal(0, 5e7, n_points)
    return np.stack([cpu, mem], axis=1)
