"""A fitted network as a bundle with its threshold, and its results on a series' windows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stream.calibration import cutoff_at
from stream.detection.arrays import Bool, Float32, Float64, Int64
from stream.detection.forecast.windows import Scaling, sliding_windows, window_errors
from stream.detectors import scaling_of
from stream.errors import ModelError
from stream.model import Bundle, WindowedReconstruction, seal_windowed
from training.autoencoder.network import Fitted, check_parity, export
from training.book.plan import BookPlan

VERSION = "1.0.0"
KIND = "windowed-reconstruction"
N_GOLDEN = 32

MARGIN = 1e-3
"""Share by which the threshold lies above the quantile. The windows of a series that repeats itself differ by rounding
alone, here and on another machine: a thousandth keeps them all on one side."""


@dataclass(frozen=True, slots=True)
class WindowResults:
    """A bundle's results on the windows of a series."""

    starts: Int64
    """Shape (n,). Number of each window's first point."""
    windows: Float32
    redrawn: Float32
    """Shape (n, time_steps, 1). Scaled."""
    errors: Float64
    """Shape (n,). Vector norm of the difference, in scaled units."""
    flagged: Bool
    """Shape (n,). The score, error over threshold, is 1 or more."""

    @property
    def rmse(self) -> float:
        """Root of the mean squared difference over all points of all windows, in scaled units."""
        return float(np.sqrt(np.mean(np.subtract(self.windows, self.redrawn, dtype=np.float64) ** 2)))

    @property
    def mae(self) -> float:
        """Mean absolute difference, in scaled units."""
        return float(np.mean(np.abs(np.subtract(self.windows, self.redrawn, dtype=np.float64))))

    @property
    def ends(self) -> Int64:
        """Number of each window's last point: when it arrives, the window is scored."""
        ends: Int64 = self.starts + (self.windows.shape[1] - 1)
        return ends

    def only(self, chosen: Bool) -> WindowResults:
        """Return the results of some of the windows."""
        return WindowResults(
            self.starts[chosen],
            self.windows[chosen],
            self.redrawn[chosen],
            self.errors[chosen],
            self.flagged[chosen],
        )


@dataclass(frozen=True, slots=True)
class Sealed:
    """A network's bundle."""

    bundle: Bundle
    threshold: float
    """Window error that scores 1, in scaled units."""
    parity: float
    """Largest difference between Keras and the bundle, in scaled units."""


def seal_network(
    fitted: Fitted, name: str, plan: BookPlan, scaling: Scaling, stride: int, calibration: Float32
) -> Sealed:
    """Export a network, find its threshold on windows, and seal both.

    The threshold comes from what ONNX Runtime redraws, which is what the worker will compare with it.

    Parameters
    ----------
    name : str
        Of the bundle.
    scaling : Scaling
        By which the windows were scaled.
    calibration : float32, shape (n, time_steps, 1)
        Scaled windows whose errors make the threshold.

    Raises
    ------
    TrainingError
        If ONNX Runtime and Keras disagree.
    """
    graph = export(fitted.network)

    def sealed(cutoff: float) -> Bundle:
        content = seal_windowed(
            graph,
            name=name.lower(),
            version=VERSION,
            kind=KIND,
            features=("value",),
            trained={"by": "streamgauge train book", "epochs": len(fitted.epochs), "seed": plan.seed},
            window=plan.time_steps,
            offset=scaling.offset.tolist(),
            scale=scaling.scale.tolist(),
            golden_windows=calibration[:N_GOLDEN],
            cutoff=cutoff,
            stride=stride,
        )
        return Bundle.from_bytes(content, Path(f"{name}.onnx"))

    redrawn = sealed(1.0).window_model().predict(calibration)
    limit = threshold(window_errors(calibration, redrawn), plan.share)
    return Sealed(sealed(limit), limit, check_parity(fitted.predict(calibration), redrawn))


def threshold(errors: Float64, share: float) -> float:
    """Put the threshold where that share of the sorted window errors ends, and a thousandth above."""
    return cutoff_at(errors, share) * (1.0 + MARGIN)


def score_windows(bundle: Bundle, values: Float64) -> WindowResults:
    """Evaluate a series as the worker does: with the bundle's graph, scaling, stride and cut-off and nothing else.

    Parameters
    ----------
    values : float64, shape (points,)

    Raises
    ------
    ModelError
        If the bundle does not reconstruct windows.
    """
    made = bundle.metadata
    if not isinstance(made, WindowedReconstruction):
        raise ModelError(f"expected a bundle of kind {KIND}, found {bundle.kind} in {bundle.path}")
    scaling = scaling_of(made)
    windows = sliding_windows(scaling.scaled(values[:, None]), made.window, made.stride)
    redrawn = bundle.window_model().predict(windows)
    errors = window_errors(windows, redrawn)
    return WindowResults(np.arange(len(windows)) * made.stride, windows, redrawn, errors, errors / made.cutoff >= 1)
