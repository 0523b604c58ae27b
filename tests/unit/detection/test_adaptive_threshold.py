"""Excursions: how far something has strayed, learned when it has come back."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.kernel.adaptive_threshold import LEARNED, USUAL, Excursion, limit_of, updated_excursion
from tests.unit.detection.by_hand import ONE


def course(*offs: float, highest: float = 0.0) -> tuple[list[float], float]:
    """Follow an excursion; return each record's score and the farthest excursion known in the end."""
    known, scores = Excursion(np.float32(highest), np.float32(0)), []
    for off in offs:
        limit = np.float32(limit_of(known.highest, ONE))
        scores.append(float(off / limit))
        known = Excursion(*map(np.float32, updated_excursion(known, np.float32(off), limit, ONE)))
    return scores, float(known.highest)


def test_while_it_lasts_an_excursion_does_not_raise_its_own_bar() -> None:
    scores, highest = course(0.9, 2.0, 2.0, 2.0)
    assert scores == pytest.approx([0.9, 2, 2, 2])
    assert highest == 0


def test_an_excursion_that_came_back_does_not_alarm_twice() -> None:
    scores, _ = course(1.1, 0.0, 1.1)
    assert scores[0] > 1 > scores[2]


def test_a_disaster_does_not_make_a_key_deaf() -> None:
    _, highest = course(100.0, 0.0)
    assert highest == pytest.approx(LEARNED)


def test_what_a_key_does_every_day_is_below_its_boundary() -> None:
    scores, _ = course(*[2.0, 0.0] * 5)
    assert scores[0] == 2
    assert scores[-2] == pytest.approx(1 / USUAL, rel=1e-3)


def test_half_of_the_farthest_excursion_is_forgotten_in_seven_weeks() -> None:
    _, highest = course(*[0.0] * (7 * 2016), highest=4.0)
    assert highest == pytest.approx(2, rel=0.02)
