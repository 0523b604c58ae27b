"""What the model learns from: the detector's own inputs, and the next value on the detector's own scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stream.detection.arrays import Float32, Float64, Int64
from stream.detection.scoring.training_features import model_inputs
from training.synthetic import series

TARGET_LIMIT = 9.0
"""Targets are clipped here, as the detector clips its forecasts (asinh of a jump of 4,000 deviations)."""


NEXT, FAR = 0, 1
"""Places of a record's targets: the next record, and the far one."""

SLIPPAGE = 0.1
"""Part of its distance in time that a far record may lie off; where there were holes before it, it is no target."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Series ready to be learned from."""

    inputs: Float32
    """Shape (series, length, 26). Row t is what the detector feeds its LSTM when record t has come."""
    targets: Float32
    """Shape (series, length, 2). Record t + 1 and the far record on the scale that the key had at record t: asinh((x -
    m[t]) / s[t]), clipped to +-9. The far one is NaN where the series ends before, or has holes."""

    @classmethod
    def from_series(cls, timestamps_s: Float64, values: Float64, n_skipped: int = 0) -> Examples:
        """Run the detector's input stages over whole series of shape (series, n_skipped + length + 1)."""
        seen = model_inputs(timestamps_s[:, :-1], values[:, :-1], n_skipped)
        ahead = values - values[:, :1]
        targets = np.stack([ahead[:, n_skipped + 1 :], _far(timestamps_s, ahead, seen.reach, n_skipped)], axis=-1)
        scaled = np.arcsinh((targets - seen.centre[..., None]) / seen.spread[..., None])
        return cls(seen.inputs, np.clip(scaled, -TARGET_LIMIT, TARGET_LIMIT).astype(np.float32))

    @classmethod
    def draw(cls, rng: np.random.Generator, n_series: int, n_steps: int, n_skipped: int = 0) -> Examples:
        """Draw fresh synthetic series; the same state of `rng` gives the same examples.

        Half of the series are learned from their first record on, and half when `n_skipped` have gone by and their
        weeks are known; both kinds lie in turn.
        """
        young = cls.from_series(*series.draw(rng, n_series - n_series // 2, n_steps + 1))
        old = cls.from_series(*series.draw(rng, n_series // 2, n_skipped + n_steps + 1), n_skipped)
        order = np.argsort(np.concatenate([np.arange(len(young.targets)), np.arange(len(old.targets)) + 0.5]))
        inputs, targets = (np.concatenate(pair)[order] for pair in zip(young, old, strict=True))
        return cls(inputs, targets)

    def __iter__(self) -> Iterator[Float32]:
        """Return inputs and targets."""
        return iter((self.inputs, self.targets))

    def split(self, n_series: int) -> Iterator[Examples]:
        """Cut into parts of `n_series` series, in their order."""
        for start in range(0, len(self.targets), n_series):
            part = slice(start, start + n_series)
            yield Examples(self.inputs[part], self.targets[part])


def _far(timestamps_s: Float64, values: Float64, reach: Int64, n_skipped: int) -> Float64:
    """Return the value of each record's far record, or NaN; reach and result (series, length)."""
    n_records = values.shape[1]
    now = np.arange(n_skipped, n_records - 1)
    at = now + reach
    there = np.minimum(at, n_records - 1)
    interval_s = np.median(np.diff(timestamps_s, axis=1), axis=1, keepdims=True)
    took_s = np.take_along_axis(timestamps_s, there, axis=1) - timestamps_s[:, now]
    in_time = np.abs(took_s - reach * interval_s) <= (SLIPPAGE * reach + 1) * interval_s
    return np.where((at < n_records) & in_time, np.take_along_axis(values, there, axis=1), np.nan)
