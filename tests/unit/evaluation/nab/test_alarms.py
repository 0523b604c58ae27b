"""Alarms at a threshold are those that the product raises."""

from __future__ import annotations

import numpy as np

from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.scoring.scorer import AnomalyScorer
from tests.unit.detection.streams import Echo, scored, streams, times_s
from tests.unit.evaluation.nab import made
from training.evaluation.nab.scoring.sweep import best_clock
from training.evaluation.pages import BOUNDARY, THRESHOLDS, alarms_at


def test_the_boundary_is_one_of_the_thresholds() -> None:
    assert THRESHOLDS[BOUNDARY] == 1.0


def test_at_the_boundary_the_alarms_are_the_detectors_own() -> None:
    n_rows, n_keys = 600, 6
    detector = AnomalyScorer(RecurrentForecaster(Echo()), warmup=0)
    scores, alarms = scored(detector, np.arange(n_keys), times_s(n_rows, n_keys), streams(n_rows, n_keys, 11))
    assert alarms.sum() > 10
    for key in range(n_keys):
        rows, found = alarms_at(scores[:, key])
        assert rows[found[BOUNDARY]].tolist() == np.flatnonzero(alarms[:, key]).tolist()


def test_a_threshold_is_a_division_of_the_scores() -> None:
    scores = np.random.default_rng(1).exponential(0.3, 2_000)
    rows, found = alarms_at(scores, np.array([0.5, 1.0]))
    half = alarms_at(scores / 0.5, np.ones(1))
    assert rows[found[0]].tolist() == half[0][half[1][0]].tolist()


def test_no_alarm_comes_of_a_score_that_is_not_published() -> None:
    scores = np.full(100, np.nan)
    scores[60] = 2.0
    rows, found = alarms_at(scores, np.ones(1))
    assert (rows.tolist(), found.tolist()) == ([60], [[True]])


def test_a_clock_with_one_window_right_behind_the_probation_is_perfect_when_it_ticks_once() -> None:
    found = best_clock([made.file(400, [(60, 80)])])
    assert round(found["standard"].score) == 100 - round(100 * 0.11 / 2)
