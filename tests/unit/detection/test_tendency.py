"""The tendency: a counter that nobody named is noted in its events; nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection import Recurrent
from stream.detection.gauge import Gauge
from stream.detection.record import Float64
from stream.detection.timeline import NOTE_COUNTER
from stream.detection.treatment import Transform, Treatment
from stream.detection.verdict import Policy
from tests.unit.detection.streams import Echo
from training.evaluation.awkward.kinds import KINDS

MAKERS = {kind.name: kind.make for kind in KINDS}
N_POINTS = 900


def notes(values: Float64, treatment: Treatment | None = None) -> list[int]:
    """Run a series and give the notes of its transitions."""
    gauge = Gauge(Recurrent(Echo()), Policy(warmup=300))
    gauge.state.treat(np.array([0]), [treatment or Treatment()])
    times_ms = 1_700_000_000_000 + 60_000 * np.arange(len(values))
    transitions = gauge.score(np.zeros(len(values), np.int64), times_ms, values).transitions
    assert transitions, "expected events to look at"
    return [transition.notes & NOTE_COUNTER for transition in transitions]


def with_a_spike(values: Float64) -> Float64:
    """Let the last point be news to any series."""
    return np.append(values, 100 * np.abs(values).max() + 1)


@pytest.mark.parametrize("seed", range(3))
def test_a_counter_with_resets_is_noted(seed: int) -> None:
    lives = np.split(np.random.default_rng(seed).integers(0, 20, N_POINTS), [200, 500])
    values = np.concatenate([life.cumsum() for life in lives]).astype(np.float64)
    assert notes(with_a_spike(values))[-1] == NOTE_COUNTER


@pytest.mark.parametrize("kind", ["daily and noise", "random walk", "integer counts", "0 and 1", "sparse", "constant"])
def test_what_is_no_counter_is_not_noted(kind: str) -> None:
    values = MAKERS[kind](np.random.default_rng(1)).values[:N_POINTS]
    assert notes(with_a_spike(values))[-1] == 0


def test_the_rate_of_a_counter_is_no_counter() -> None:
    values = np.random.default_rng(0).integers(0, 20, N_POINTS).cumsum().astype(np.float64)
    assert notes(with_a_spike(values), Treatment(Transform.RATE))[-1] == 0
