"""What the model learns from: the detector's own inputs, and the next value on the detector's own scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stream.detection import model_inputs
from training import synthetic

Float32: TypeAlias = NDArray[np.float32]
Float64: TypeAlias = NDArray[np.float64]

TARGET_LIMIT = 9.0
"""Targets are clipped here, as the detector clips its forecasts (asinh of a jump of 4,000 deviations)."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Series ready to be learned from.

    Attributes
    ----------
    inputs : float32, shape (series, length, 17)
        Row t is what the detector feeds its LSTM when record t has come.
    targets : float32, shape (series, length)
        Record t + 1 on the scale that the key had at record t: asinh((x[t+1] - m[t]) / s[t]), clipped to +-9.
    """

    inputs: Float32
    targets: Float32

    @classmethod
    def from_series(cls, timestamps_s: Float64, values: Float64) -> Examples:
        """Run the detector's input stages over whole series of shape (series, length + 1)."""
        seen = model_inputs(timestamps_s[:, :-1], values[:, :-1])
        ahead = values[:, 1:] - values[:, :1]
        targets = np.arcsinh((ahead - seen.centre) / seen.spread)
        return cls(seen.inputs, np.clip(targets, -TARGET_LIMIT, TARGET_LIMIT).astype(np.float32))

    @classmethod
    def draw(cls, rng: np.random.Generator, n_series: int, n_steps: int) -> Examples:
        """Draw fresh synthetic series; the same state of `rng` gives the same examples."""
        return cls.from_series(*synthetic.draw(rng, n_series, n_steps + 1))

    def split(self, n_series: int) -> Iterator[Examples]:
        """Cut into parts of `n_series` series, in their order."""
        for start in range(0, len(self.targets), n_series):
            part = slice(start, start + n_series)
            yield Examples(self.inputs[part], self.targets[part])
