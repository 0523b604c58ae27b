"""Two models side by side in one detector, each with a slot of its own for every series: what each had forecast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stream.detection.arrays import N_PARAMETERS, Bool, Float32, Float64, Int64, Records, UInt8
from stream.detection.backtest import Chunk, Series, replay
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.transition import Change
from stream.detection.episodes.verdict import Outcome, Policy
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.forecast.shown import Shown
from stream.detection.state.detector_state import DetectorState
from stream.model import Bundle
from training.synthetic.examples import TARGET_LIMIT

N_MODELS = 2


class PairScores(NamedTuple):
    """What two models made of one point of some series; the axes of length 2 are the models."""

    rows: Int64
    """Shape (series,). The series of the call that still have a point."""
    expected: Float64
    """Shape (2, series). The forecasts made before the point, in the metric's unit."""
    parameters: Float32
    """Shape (2, series, 9). Their mixtures."""
    previous: Float32
    targets: Float32
    """Shape (2, series). Input 0 of the record before, and the point, both on the scale of that record: what
    `negative_log_likelihood` takes."""
    opened: Bool
    warming: Bool
    """Shape (2, series). Whether the point opened an anomaly; whether its series was still warming up, so that it could
    not."""


@dataclass(slots=True)
class _PairedForecaster:
    """A forecaster that gives each slot to its model: the first half of the slots to the first."""

    forecasters: Sequence[RecurrentForecaster]
    n_series: int
    n_history: int = 0
    model: int = 0
    looks_ahead: bool = False
    before: tuple[Float32, ...] = ()
    """Of the last call: what had been forecast for its records, and the scale in which."""
    _last: tuple[Float32, ...] = ()

    def __post_init__(self) -> None:
        n_slots = N_MODELS * self.n_series
        self._last = (np.zeros((n_slots, N_PARAMETERS), np.float32), *np.zeros((3, n_slots), np.float32))

    def forecast(self, state: DetectorState, shown: Shown, forecasts: Records) -> None:
        """Let each model take the records of its slots, one of each; see `Forecaster.forecast`."""
        slots, rows = shown.slots, shown.rows
        for model, forecaster in enumerate(self.forecasters):
            at = np.flatnonzero(slots // self.n_series == model)
            if len(at):
                own = shown._replace(slots=slots[at], lengths=shown.lengths[at], rows=rows[at])
                forecaster.forecast(state, own, forecasts)
        self.before = tuple(column[slots] for column in self._last)
        records = shown.step_records[rows]
        parameters = forecasts["parameters"][rows, :N_PARAMETERS]
        now = (parameters, shown.inputs[rows, 0], records["centre"], records["spread"])
        for column, value in zip(self._last, now, strict=True):
            column[slots] = value


def score_pair(
    bundles: tuple[Bundle, Bundle], series: Sequence[tuple[Int64, Float64]], policy: Policy
) -> Iterator[PairScores]:
    """Run two models over whole series in one detector, as a worker would.

    A key's result does not depend on the other keys of its batch, so each model does what it would do alone.

    Parameters
    ----------
    bundles : (Bundle, Bundle)
    series : sequence of (int64, float64)
        Times in ms, strictly increasing, and values.

    Returns
    -------
    iterator of PairScores
        For the first point of all series, for the second, and so on.
    """
    paired = _PairedForecaster([RecurrentForecaster(bundle.forecaster()) for bundle in bundles], len(series))
    detector = ForecastDetector(paired, policy)
    twice = [Series(*points) for _ in range(N_MODELS) for points in series]
    return (_score_chunk(chunk, detector, paired) for chunk in replay(detector, twice, chunk=1))


def _score_chunk(chunk: Chunk, detector: ForecastDetector, paired: _PairedForecaster) -> PairScores:
    """Put together what both models made of the next point of all series; the first half of a chunk is the first's."""
    slots, verdicts = chunk.series, chunk.verdicts
    rows = slots[: len(slots) // N_MODELS]
    parameters, previous, centre, spread = paired.before
    ahead = verdicts.actual - detector.state.x0[slots]
    with np.errstate(divide="ignore", invalid="ignore"):  # before a key's first record there is no scale
        targets = np.clip(np.arcsinh((ahead - centre) / spread), -TARGET_LIMIT, TARGET_LIMIT).astype(np.float32)
    opened = np.zeros(len(slots), np.bool_)
    opened[[transition.row for transition in verdicts.transitions if transition.change == Change.OPEN]] = True
    by_model = (N_MODELS, len(rows))
    outcome: UInt8 = verdicts.outcome
    return PairScores(
        rows,
        verdicts.expected.reshape(by_model),
        parameters.reshape(*by_model, N_PARAMETERS),
        previous.reshape(by_model),
        targets.reshape(by_model),
        opened.reshape(by_model),
        (outcome == Outcome.WARMING).reshape(by_model),
    )
