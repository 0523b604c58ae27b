"""The ordinary days of a metric."""

from __future__ import annotations

import numpy as np

from stream.cli.demo.scene.metric import DailyPeak, Metric

HOURS = np.arange(0, 336, 0.25)
QUIET = Metric("requests", 10, (DailyPeak(20, 2, 100),), daily=0, noise=0)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_a_day_is_highest_at_the_hour_of_its_peak() -> None:
    monday = QUIET.play(HOURS, rng())[:96]
    assert HOURS[monday.argmax()] == 20
    assert monday.max() == 110


def test_a_peak_near_midnight_reaches_into_the_next_day() -> None:
    values = Metric("backups", 10, (DailyPeak(23.5, 1, 100),), daily=0, noise=0).play(HOURS, rng())
    assert values[0] == values[96 - 4]


def test_a_weekend_has_its_own_share_of_the_peaks() -> None:
    days = (
        Metric("requests", 10, (DailyPeak(20, 2, 100),), weekend=0.5, daily=0, noise=0)
        .play(HOURS, rng())
        .reshape(14, 96)
    )
    assert days.max(axis=1).tolist() == [110, 110, 110, 110, 110, 60, 60] * 2


def test_noise_is_a_share_of_the_value_and_lasts_from_point_to_point() -> None:
    values = Metric("flat", 100, (), noise=0.1).play(np.arange(20_000) / 4.0, rng())
    deviations = values - values.mean()
    assert 9 < values.std() < 11
    assert 0.5 < np.corrcoef(deviations[1:], deviations[:-1])[0, 1] < 0.7


def test_counts_are_whole_numbers() -> None:
    values = Metric("orders", 10, (DailyPeak(20, 2, 100),), counted=True).play(HOURS, rng())
    assert np.array_equal(values, values.round())


def test_no_value_lies_below_zero_or_above_the_ceiling() -> None:
    values = Metric("percent", 50, (), noise=1.0, ceiling=100).play(HOURS, rng())
    assert (values.min(), values.max()) == (0, 100)
