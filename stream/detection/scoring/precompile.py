"""The preparation: the machine code of the detector is made or loaded before a record has to wait for it."""

from __future__ import annotations

import numpy as np

from stream.detection.compiler import is_kept
from stream.detection.forecast.described import Described
from stream.detection.scoring.scorer import Detector
from stream.detection.scoring.step import judge
from stream.detection.seasonal.seasonal_mean import usual
from stream.detection.state.detector_state import State
from stream.detection.state.layout import N_OUTPUTS, Float32, Float64, Int64


class _Silent:
    """A forecaster that says nothing."""

    n_history = model = 0

    def outputs(self, _state: State, slots: Int64, _record: Described, _values: Float64) -> Float32:
        return np.zeros((len(slots), N_OUTPUTS), np.float32)


def is_prepared() -> bool:
    """Say whether an earlier process has kept the machine code of this version, so that there will be no wait."""
    return is_kept(judge.__name__)


def prepare() -> None:
    """Let everything that Python calls of the compiled detector be called once.

    That takes half a minute where no machine code was kept, and half a second otherwise.
    """
    detector, slots, one = Detector(_Silent(), capacity=1), np.zeros(1, np.int64), np.ones(1)
    detector.score(slots, one, one).band(0.5)
    usual(detector.state, slots, one)
