"""The compiled detector agrees with the recordings of the plain one at every stage of every record."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from stream.detection.arrays import Float32, Float64, Records
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.scoring.scorer import AnomalyScorer
from stream.detection.scoring.training_features import model_inputs
from tests.plain.recorded import recorded_series
from tests.plain.recording import INPUTS_EVERY, Recording, SeasonalNaive

TOLERANCE = 5e-3
INPUT_TOLERANCE = 1e-3
# Of the largest value; a few units in the last place of single precision.
ROUNDING = 1e-6

STAGES = (
    *("absurd", "statistics", "distances", "surprise", "novelty"),
    *("record_evidence", "tail_evidence", "score", "alarm"),
)
NAMES = sorted(recorded_series())


class Recorder(SeasonalNaive):
    """The model of the recordings, which keeps the inputs that it is given."""

    inputs: Float32

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        """Take one step with every row of a batch."""
        self.inputs = inputs
        return super().step(inputs, h, c)


class Played(NamedTuple):
    """What the compiled detector makes of a recorded series."""

    records: Records
    inputs: Float32
    """Of every record; shape (records, 26)."""
    centre: Float64
    spread: Float64


def play(recording: Recording) -> Played:
    """Score the records, with the forecasts that are recorded."""
    recorder, records = Recorder(), recording.records.copy()
    detector = AnomalyScorer(RecurrentForecaster(recorder), warmup=recording.warmup, capacity=1)
    slots, inputs, scales = np.zeros(1, np.int64), [], []
    for now in records:
        detector.state.t[0] += now["n_aged"]
        detector.state.forecast[0] = now["forecast"]
        scores = detector.score(slots, now["timestamp_s"][None], now["value"][None])
        for stage in STAGES:
            now[stage] = getattr(scores, stage)[0]
        inputs.append(recorder.inputs[0])
        scales.append((scores.step_records["centre"][0], scores.step_records["spread"][0]))
    centre, spread = np.array(scales).T
    return Played(records, np.array(inputs), centre, spread)


@pytest.fixture(scope="module", params=NAMES)
def pair(request: pytest.FixtureRequest) -> tuple[Played, Recording]:
    """One series as the compiled detector scores it, and its recording."""
    recording = Recording.load(request.param)
    return play(recording), recording


@pytest.mark.parametrize("stage", ["absurd", "alarm"])
def test_the_same_values_are_absurd_and_the_same_alarms_are_raised(pair: tuple[Played, Recording], stage: str) -> None:
    played, recording = pair
    np.testing.assert_array_equal(played.records[stage], recording.records[stage])


@pytest.mark.parametrize("stage", ["statistics", "distances"])
def test_statistics_and_distances_agree(pair: tuple[Played, Recording], stage: str) -> None:
    played, recording = pair
    rounding = ROUNDING * np.ptp(recording.records["value"])
    np.testing.assert_allclose(played.records[stage], recording.records[stage], rtol=0, atol=rounding)


@pytest.mark.parametrize("stage", ["surprise", "novelty", "score"])
def test_surprise_and_scores_agree(pair: tuple[Played, Recording], stage: str) -> None:
    played, recording = pair
    np.testing.assert_allclose(played.records[stage], recording.records[stage], rtol=0, atol=TOLERANCE)


def test_the_inputs_of_the_model_agree(pair: tuple[Played, Recording]) -> None:
    played, recording = pair
    np.testing.assert_allclose(played.inputs[::INPUTS_EVERY], recording.inputs, rtol=0, atol=INPUT_TOLERANCE)


def test_model_inputs_are_those_of_the_detector_to_the_bit(pair: tuple[Played, Recording]) -> None:
    played, recording = pair
    n_together = int(np.append(np.flatnonzero(recording.records["n_aged"]), len(recording.records))[0])
    records = recording.records[None, :n_together]
    made = model_inputs(records["timestamp_s"], records["value"])
    for found, expected in ((made.inputs, played.inputs), (made.centre, played.centre), (made.spread, played.spread)):
        assert found[0].tobytes() == np.asarray(expected[:n_together], found.dtype).tobytes()
