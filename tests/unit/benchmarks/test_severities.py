"""The shares of severities: which episodes are true, and how they are counted."""

from __future__ import annotations

import numpy as np

from benchmarks.severities import Labelled, Rated, rate, rows
from stream.detection.backtest import Series
from stream.detection.episodes.transition import Severity

MINOR, MAJOR, CRITICAL = Severity
RATED = [
    Rated(is_true=True, opened=MINOR, most=CRITICAL, peak_score=3.5),
    Rated(is_true=True, opened=MAJOR, most=MAJOR, peak_score=1.2),
    Rated(is_true=False, opened=MINOR, most=MINOR, peak_score=1.8),
]
SPIKES = (500, 700)


def spiky(evaluated_from: int = 0) -> Labelled:
    """Draw noise with two spikes, the first of which is labelled."""
    values = np.random.default_rng(1).normal(size=800)
    values[list(SPIKES)] = 40.0, -80.0
    timestamps_ms = 1_767_571_200_000 + 60_000 * np.arange(len(values), dtype=np.int64)
    return Labelled(Series(timestamps_ms, values), np.array([[490, 510]]), evaluated_from)


def test_an_episode_is_true_if_it_touches_a_label() -> None:
    assert [each.is_true for each in rate([spiky()], lambda n_points: None)] == [True, False]


def test_episodes_before_the_evaluated_part_do_not_count() -> None:
    assert [each.is_true for each in rate([spiky(600)], lambda n_points: None)] == [False]


def test_true_and_false_episodes_have_shares_of_their_own() -> None:
    assert list(rows("NAB", RATED)) == [
        ["NAB", "2 true", "when opened", "50 %", "50 %", "0 %", "", ""],
        ["", "", "at most", "0 %", "50 %", "50 %", "50.0 %", "50.0 %"],
        ["NAB", "1 false", "when opened", "100 %", "0 %", "0 %", "", ""],
        ["", "", "at most", "100 %", "0 %", "0 %", "100.0 %", "0.0 %"],
    ]
