"""Windows of models: the same in training and in the worker."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from stream.detection.arrays import Float32, Float64, Int64

Rings = TypeVar("Rings", Float32, Float64, Int64)


class Scaling(NamedTuple):
    """Scaling of inputs: (value - offset) / scale, per feature.

    Attributes
    ----------
    offset, scale : float64, shape (features,)
        In the metric's unit; `scale` > 0. The minimum and the range of the training data scale them to [0, 1].
    """

    offset: Float64
    scale: Float64

    def scaled(self, values: Float64) -> Float32:
        """Scale values; shape (..., features), in the metric's unit."""
        with np.errstate(over="ignore"):  # What float32 cannot hold becomes infinite, and is scored as such.
            inputs: Float32 = ((values - self.offset) / self.scale).astype(np.float32)
        return inputs

    def unscaled(self, outputs: Float32) -> Float64:
        """Convert outputs to the metric's unit; shape (..., features)."""
        values: Float64 = outputs.astype(np.float64) * self.scale + self.offset
        return values


def fingerprint(kind: str, window: int, features: tuple[str, ...]) -> int:
    """Return a 64-bit fingerprint of a model's window layout."""
    text = "\xff".join([kind, str(window), *features])
    return int.from_bytes(sha256(text.encode()).digest()[:8], "little")


class WindowModel(Protocol):
    """A model that looks at whole windows."""

    def predict(self, windows: Float32) -> Float32:
        """Forecast or reconstruct windows.

        Parameters
        ----------
        windows : float32, shape (batch, window, features), C-contiguous
            Scaled.

        Returns
        -------
        float32, shape (batch, 1 or window, features)
            Scaled too. No row depends on another row, to the bit.
        """
        ...


def sliding_windows(rows: Float32, window: int, stride: int) -> Float32:
    """Cut a series into windows of consecutive rows.

    Parameters
    ----------
    rows : float32, shape (length, features)
    window, stride : int
        Rows of a window, and from the start of one to the start of the next.

    Returns
    -------
    float32, shape (n, window, features), C-contiguous
        Window i holds the rows from i * stride on; what is left at the end fills no window.
    """
    if len(rows) < window:
        return np.empty((0, window, rows.shape[1]), np.float32)
    every = np.lib.stride_tricks.sliding_window_view(rows, window, axis=0)[::stride]
    return np.ascontiguousarray(every.transpose(0, 2, 1))


def oldest_first(rings: Rings, t: Int64) -> Rings:
    """Read rings from the oldest row to the newest.

    Parameters
    ----------
    rings : array, shape (batch, window, ...)
        The row of record t is at t % window; rows not written yet come first.
    t : int64, shape (batch,)
        The newest record.

    Returns
    -------
    array, shape (batch, window, ...), of the rings' dtype
    """
    window = rings.shape[1]
    places = (t[:, None] + 1 + np.arange(window)) % window
    ordered: Rings = rings[np.arange(len(rings))[:, None], places]
    return ordered


def window_errors(windows: Float32, predicted: Float32) -> Float64:
    """Return the norm of each window's error, scaled units.

    Parameters
    ----------
    windows, predicted : float32, shape (n, window, features)

    Returns
    -------
    float64, shape (n,)
        Over the cut-off of its model this is the score.
    """
    missed = np.subtract(windows, predicted, dtype=np.float64).reshape(len(windows), -1)
    errors: Float64 = np.sqrt((missed * missed).sum(axis=1))
    return errors
