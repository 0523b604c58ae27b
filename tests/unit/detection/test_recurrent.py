"""A recurrent model that loses its footing: what it says once must not stay in the state of a key."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import N_PARAMETERS, Float32, Records
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.scoring.scorer import AnomalyScorer
from tests.unit.detection.streams import Echo, streams, times_s

KEY, LOST_AT, OUTLIER_AT, N_RECORDS = 1, 150, 250, 300
PLACES = {"logits": (0, 0), "centres": (0, 4), "far": (0, N_PARAMETERS), "h": (1, 5), "c": (2, 31)}


class Losing(Echo):
    """A model with one number that cannot be used, in one step and for one key."""

    def __init__(self, array: int, column: int, number: float) -> None:
        self.array, self.column, self.number = array, column, number
        self.n_steps = 0

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        given = super().step(inputs, h, c)
        if self.n_steps == LOST_AT:
            given[self.array][KEY, self.column] = self.number
        self.n_steps += 1
        return given


def run(model: Echo) -> tuple[Float32, Records]:
    """Score records of three keys of a rhythm each; give the scores and what is remembered in the end."""
    detector, slots = AnomalyScorer(RecurrentForecaster(model), warmup=60, capacity=3), np.arange(3)
    values = streams(N_RECORDS, 13, seed=3)[:, [0, 6, 12]]
    values[OUTLIER_AT, KEY] = 1e6
    each = [detector.score(slots, *record) for record in zip(times_s(N_RECORDS, 3), values, strict=True)]
    return np.array([scores.score for scores in each]), detector.state.pack(slots)


@pytest.mark.parametrize("number", [np.nan, np.inf, -7e4])
@pytest.mark.parametrize("place", list(PLACES))
def test_a_key_is_scored_as_ever_after_a_step_that_gave_no_number(place: str, number: float) -> None:
    scores, records = run(Losing(*PLACES[place], number))
    assert np.isfinite(scores).all()
    assert scores[OUTLIER_AT, KEY] > 1
    for name in records.dtype.names or ():
        if records[name].dtype.kind == "f":
            assert not np.isnan(records[name]).any(), name


def test_the_other_keys_of_the_batch_do_not_notice() -> None:
    disturbed, undisturbed = run(Losing(1, 5, np.nan)), run(Echo())
    others = [0, 2]
    assert disturbed[0][:, others].tobytes() == undisturbed[0][:, others].tobytes()
    assert disturbed[1][others].tobytes() == undisturbed[1][others].tobytes()


def test_the_last_value_is_the_forecast_of_a_step_that_gave_no_number() -> None:
    detector, slots = AnomalyScorer(RecurrentForecaster(Losing(0, 4, np.nan)), capacity=KEY + 1), np.arange(KEY + 1)
    for now in times_s(LOST_AT + 1, KEY + 1):
        detector.score(slots, now, np.sin(now))
    _, expected = detector.score(slots, now + 1800, np.sin(now)).expected
    assert expected == pytest.approx(np.sin(now[KEY]), abs=1e-5)
