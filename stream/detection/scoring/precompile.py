"""Compilation of the detector before its first record."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import Final

import numpy as np

from stream.detection.arrays import N_INPUTS, N_OUTPUTS, N_UNITS, Records
from stream.detection.compiler.code_folder import code_folder, is_cached
from stream.detection.episodes.changes import Changes, publish
from stream.detection.episodes.timing import CLOSES_BELOW_CUTOFF, EpisodeConfig
from stream.detection.forecast.recurrent import gather, store_answers
from stream.detection.forecast.shown import Shown
from stream.detection.scoring.batch import Batch
from stream.detection.scoring.carry import carry
from stream.detection.scoring.rows import RESULT
from stream.detection.scoring.scorer import AnomalyScorer
from stream.detection.scoring.window import FilledRows, Windows, fill
from stream.detection.seasonal.seasonal_mean import seasons
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.step_record import STEP_RECORD
from stream.detection.state.window_state import WindowState


class _NullForecaster:
    """A forecaster without forecasts."""

    n_history = model = 0
    looks_ahead = False

    def forecast(self, _state: DetectorState, shown: Shown, forecasts: Records) -> None:
        forecasts["is_known"][shown.rows] = True


def is_prepared() -> bool:
    """Check whether this version's machine code is cached."""
    return is_cached(carry.__name__)


def prepare() -> None:
    """Compile everything that Python calls.

    That takes half a minute where no machine code was kept, and half a second otherwise.
    """
    folder = code_folder()
    if folder is not None and os.access(folder, os.W_OK) and not is_prepared():
        _compile_aside()
    for part in PARTS:
        part()


def _compile_aside() -> None:
    """Compile each part in a process of its own, which takes the compiler's 500 MB with it when it ends.

    What fails there is compiled here, where the error is seen.
    """
    command = (sys.executable, "-P", "-m", __name__)
    running: list[subprocess.Popen[bytes]] = []
    try:
        with suppress(OSError):  # No process can be started.
            parts = map(str, range(len(PARTS)))
            running.extend(subprocess.Popen((*command, part), stderr=subprocess.DEVNULL) for part in parts)
        for process in running:
            process.wait()
    finally:
        for process in running:
            process.kill()


def _prepare_scores() -> None:
    """Compile what scores a point, four fifths of the work."""
    slots, one = np.zeros(1, np.int64), np.ones(1)
    AnomalyScorer(_NullForecaster(), capacity=1).score(slots, one, one)


def _prepare_others() -> None:
    """Compile events, verdicts, windows and the model's arrays."""
    scorer, slots, one = AnomalyScorer(_NullForecaster(), capacity=1), np.zeros(1, np.int64), np.ones(1)
    results, steps = np.zeros(0, RESULT), np.zeros(0, STEP_RECORD)
    publish(Changes(scorer.state), scorer.state, slots[:0], slots[:0], results, steps, 0.5)
    seasons(scorer.state, 0, one)
    windows, batch = WindowState(1, 1, 1), Batch(slots, one, one, scorer.warmups, scorer.state)
    batch.verdicts(slots, slots, slots, [])
    rows = FilledRows(batch.runs, batch.points, batch.results, np.ones((1, 1)), slots, slots > 0)
    of_state = Windows(windows.records, windows.series_policies.table, windows.history, windows.history_ms)
    fill(of_state, rows, batch.n_suppressed, 1, EpisodeConfig(CLOSES_BELOW_CUTOFF, 1, 1))
    inputs, parameters, h, c = (np.zeros((1, 1, n), np.float32) for n in (N_INPUTS, N_OUTPUTS, N_UNITS, N_UNITS))
    gather(scorer.state.records, slots, slots, batch.inputs, inputs, h[0], c[0])
    store_answers(batch.forecasts, slots[None], parameters, h, c)


PARTS: Final = (_prepare_scores, _prepare_others)

if __name__ == "__main__":
    PARTS[int(sys.argv[1])]()
