"""The preparation: the machine code of the detector is made or loaded before a record has to wait for it."""

from __future__ import annotations

import numpy as np

from stream.detection.compiler import is_kept
from stream.detection.forecast.shown import Shown
from stream.detection.scoring.batch import Batch
from stream.detection.scoring.carry import carry
from stream.detection.scoring.scorer import Detector
from stream.detection.scoring.window import fill
from stream.detection.seasonal.seasonal_mean import usual
from stream.detection.state.detector_state import State
from stream.detection.state.layout import Records
from stream.detection.state.window_state import WindowState


class _Silent:
    """A forecaster that says nothing."""

    n_history = model = 0
    looks_ahead = False

    def forecast(self, _state: State, shown: Shown, forecasts: Records) -> None:
        forecasts["is_known"][shown.rows] = True


def is_prepared() -> bool:
    """Say whether an earlier process has kept the machine code of this version, so that there will be no wait."""
    return is_kept(carry.__name__)


def prepare() -> None:
    """Let everything that Python calls of the compiled detector be called once.

    That takes half a minute where no machine code was kept, and half a second otherwise.
    """
    detector, slots, one = Detector(_Silent(), capacity=1), np.zeros(1, np.int64), np.ones(1)
    detector.score(slots, one, one).band(0.5)
    usual(detector.state, slots, one)
    windows, batch = WindowState(1, 1, 1), Batch(slots, one, one)
    of_batch = (batch.runs, batch.points, batch.results, np.ones((1, 1)), slots)
    fill(windows.records, *of_batch, windows.history, windows.history_ms, 1)
