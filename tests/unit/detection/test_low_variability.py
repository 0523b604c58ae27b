"""The quiet: whether a key that is never still has fallen still."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import Float64
from stream.detection.evidence import low_variability
from tests.unit.detection.by_hand import ONE, new_key


def evidence(steps: Float64, *, usual_change: float = 1.0, week: bool = True) -> list[float]:
    """Describe how much too quiet a key is that takes these steps from record to record."""
    key, scores = new_key(), []
    key.change = ONE
    for y in steps.cumsum().astype(np.float32):
        low_variability.update(key, y, ONE)
        key.previous = y
        scores.append(float(low_variability.score(key, np.float32(usual_change), ONE, ONE, week)))
    return scores


def test_a_key_stuck_at_one_value_is_heard_after_an_hour() -> None:
    scores = evidence(np.zeros(24))
    assert scores[5] < 1 < scores[14]


def test_a_key_that_moves_as_usual_is_not() -> None:
    steps = np.random.default_rng(0).choice([-1.0, 1.0], 200)
    assert max(evidence(steps)) == pytest.approx(0, abs=0.1)


def test_a_key_that_moves_more_than_usual_is_not_quiet() -> None:
    assert max(evidence(np.full(100, 5.0))) == 0


def test_a_key_that_stands_still_every_night_is_heard_once() -> None:
    night = np.r_[np.full(100, 1.0), np.zeros(24)]
    scores = np.reshape(evidence(np.tile(night, 6)), (6, -1)).max(axis=1)
    assert scores[0] > 1
    assert scores[-1] < 1


def test_an_hour_that_is_not_known_says_nothing() -> None:
    assert max(evidence(np.zeros(50), usual_change=0.0)) == 0


def test_a_week_that_is_not_known_says_nothing() -> None:
    assert max(evidence(np.zeros(50), week=False)) == 0
