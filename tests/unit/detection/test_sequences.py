"""Points of a key that come together are scored as if each had come alone, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import Float32, Float64, Int64
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Outcome, Policy, Verdicts
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.policy.budget import Budget
from stream.detection.policy.policy import Transform
from tests.unit.detection.streams import Echo

START_MS, STEP_MS = 1_700_000_000_000, 300_000
N_POINTS = 700
POLICY = Policy(warmup=100, bands=True, false_alarms=Budget(points=5_000))
SERIES = ("pattern with faults", "gaps", "counter", "late and repeated")


class Counting(Echo):
    """Counts how often it is run, and how many records it is shown."""

    def __init__(self) -> None:
        self.n_runs = self.n_shown = 0

    def run(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        self.n_runs, self.n_shown = self.n_runs + 1, self.n_shown + len(inputs)
        return super().run(inputs, h, c)


class Losing(Counting):
    """A forecaster without a number at its 50th record and at every 50th that follows."""

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        parameters, h_next, c_next = super().step(inputs, h, c)
        lost = np.abs(inputs[:, 0]) < 0.02
        parameters[lost, 4] = np.nan
        return parameters, h_next, c_next


def points(kind: str) -> tuple[Int64, Float64]:
    """Make the points of a series."""
    rng, t = np.random.default_rng(1), np.arange(N_POINTS)
    values = 100 + 30 * np.sin(2 * np.pi * t / 48) + rng.normal(size=N_POINTS)
    for at, size, lasts in ((300, 400, 1), (400, -200, 15), (600, 90, 40)):
        values[at : at + lasts] += size
    kept = np.ones(N_POINTS, np.bool_)
    if kind == "gaps":
        kept[rng.integers(150, N_POINTS, 40)] = False
        kept[500:540] = False
    if kind == "counter":
        values = np.abs(values).cumsum()
        values[500:] -= values[500]
    times_ms: Int64 = START_MS + STEP_MS * t
    if kind == "late and repeated":
        moved = rng.integers(100, N_POINTS, 30)
        times_ms[moved] = times_ms[moved - rng.integers(1, 4, 30)]
    return times_ms[kept], values[kept]


def cut(model: Echo, kind: str, size: int) -> tuple[list[Verdicts], bytes]:
    """Score a series in calls of so many points; gives the verdicts and the state in the end."""
    detector, (times_ms, values) = ForecastDetector(RecurrentForecaster(model), POLICY), points(kind)
    found = [
        detector.score(
            np.zeros(len(values[at : at + size]), np.int64), times_ms[at : at + size], values[at : at + size]
        )
        for at in range(0, len(values), size)
    ]
    return found, detector.state.pack(np.array([0])).tobytes()


def column(found: list[Verdicts], name: str) -> bytes:
    return b"".join(getattr(verdicts, name).tobytes() for verdicts in found)


@pytest.mark.parametrize("model", [Counting, Losing])
@pytest.mark.parametrize("kind", SERIES)
def test_a_long_message_is_scored_as_its_points_one_by_one(kind: str, model: type[Counting]) -> None:
    (together, state_together), (alone, state_alone) = cut(model(), kind, N_POINTS), cut(model(), kind, 1)
    for name in ("outcome", "score", "actual", "expected", "lower", "upper", "transform"):
        assert column(together, name) == column(alone, name), name
    assert state_together == state_alone
    whole = [transition._replace(row=0) for verdicts in together for transition in verdicts.transitions]
    assert repr(whole) == repr([transition for verdicts in alone for transition in verdicts.transitions])
    assert whole or kind == "counter"


def test_the_series_of_these_tests_show_what_they_are_about() -> None:
    found = {kind: cut(Echo(), kind, N_POINTS)[0][0] for kind in SERIES}
    assert found["gaps"].n_imputed > 10
    assert Transform.RATE in found["counter"].transform
    assert {Outcome.LATE, Outcome.DUPLICATE} <= set(found["late and repeated"].outcome)
    assert len(found["pattern with faults"].transitions) > 4


def test_the_model_is_run_once_for_many_points() -> None:
    model = Counting()
    cut(model, "pattern with faults", N_POINTS)
    assert model.n_runs < N_POINTS / 20
    assert model.n_shown < 3 * N_POINTS
