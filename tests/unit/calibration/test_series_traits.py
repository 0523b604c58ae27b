"""The character of a series, told from its points: which transform it asks for, and what else is odd."""

from __future__ import annotations

import numpy as np
import pytest

from stream.calibration.series_traits import SeriesTraits, describe
from training.evaluation.awkward.kinds import KINDS

POINTS = (300, 1500, 6000)
MAKERS = {kind.name: kind.make for kind in KINDS}
PLAIN = ("daily and noise", "random walk", "integer counts", "level steps", "1-day interval", "summer time", "gaps")
SERIES = [(seed, n) for seed in range(3) for n in POINTS]


def character(name: str, seed: int, n: int) -> SeriesTraits:
    series = MAKERS[name](np.random.default_rng(seed))
    return describe(series.timestamps_ms[:n], series.values[:n])


@pytest.mark.parametrize(("seed", "n"), SERIES)
def test_a_counter_is_told_from_its_resets_on(seed: int, n: int) -> None:
    found = character("counter with resets", seed, n)
    assert (found.is_counter, found.is_growth, found.has_far_tail) == (True, False, False)


def test_the_resets_of_a_counter_are_counted() -> None:
    found = describe(60_000 * np.arange(900), np.tile(np.arange(300.0), 3))
    assert (found.is_counter, found.n_resets) == (True, 2)


@pytest.mark.parametrize("seed", range(3))
def test_growth_by_factors_is_told_once_there_is_some(seed: int) -> None:
    found = character("exponential growth", seed, 1500)
    assert (found.is_growth, found.is_counter) == (True, False)


def test_growth_without_noise_is_no_counter() -> None:
    found = describe(60_000 * np.arange(1000), np.exp(np.arange(1000, dtype=np.float64) / 100))
    assert (found.is_growth, found.is_counter) == (True, False)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize(("seed", "n"), SERIES)
def test_what_needs_no_transform_is_told_none(name: str, seed: int, n: int) -> None:
    found = character(name, seed, n)
    assert [found.is_counter, found.is_growth, found.has_far_tail, found.is_tiny] == [False] * 4


@pytest.mark.parametrize("seed", range(3))
def test_latencies_whose_largest_hide_the_rest_have_a_far_tail(seed: int) -> None:
    assert character("heavy tails", seed, 6000).has_far_tail


def test_constants_switches_and_rare_values_are_told() -> None:
    times_ms = 60_000 * np.arange(200)
    assert describe(times_ms, np.full(200, 3.0)).is_constant
    assert describe(times_ms, (np.arange(200) % 2).astype(np.float64)).is_binary
    assert character("sparse", 0, 1500).is_sparse
    assert character("values of 1e-300", 0, 1500).is_tiny


def test_a_series_of_uneven_times_is_not_regular_and_one_with_holes_is() -> None:
    assert not character("irregular times", 0, 1500).is_regular
    assert character("gaps", 0, 1500).is_regular


def test_a_single_point_has_no_interval_and_no_character() -> None:
    found = describe(np.array([1_700_000_000_000]), np.array([5.0]))
    assert np.isnan(found.interval_s)
    assert (found.n_points, found.is_constant, found.is_counter) == (1, True, False)
