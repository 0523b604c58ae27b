"""The synthetic series are what detector specification 8 says; every number here is of one fixed draw."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from training.synthetic.noise import draw_bursts, draw_noise, hold_flat
from training.synthetic.profiles import DAY_S, draw_daily, draw_period
from training.synthetic.sampling import log_uniform, stretch
from training.synthetic.series import GAPPY_SHARE, INTERVALS_S, draw

N_SERIES = 1_000


@pytest.fixture(scope="module")
def series() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return draw(np.random.default_rng(8), N_SERIES, 400)


def share_error(share: float) -> float:
    """Four standard deviations of a share counted over the series."""
    return float(4 * np.sqrt(share * (1 - share) / N_SERIES))


def test_values_are_finite(series: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    assert np.isfinite(series[1]).all()


def test_timestamps_strictly_increase(series: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    assert (np.diff(series[0], axis=1) > 0).all()


def test_each_interval_has_its_share(series: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    intervals_s = np.diff(series[0], axis=1).min(axis=1)
    for interval_s, share in INTERVALS_S.items():
        assert (intervals_s == interval_s).mean() == pytest.approx(share, abs=share_error(share))


def test_one_series_in_eight_has_gaps_of_one_to_three_records(
    series: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> None:
    gaps_s = np.diff(series[0], axis=1)
    n_intervals = gaps_s / gaps_s.min(axis=1, keepdims=True)
    gappy = (n_intervals > 1).any(axis=1)
    assert set(np.unique(n_intervals)) == {1.0, 2.0, 3.0, 4.0}
    assert gappy.mean() == pytest.approx(GAPPY_SHARE, abs=share_error(GAPPY_SHARE))


def test_scale_and_offset_differ_from_series_to_series(
    series: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> None:
    spreads = np.log(series[1].std(axis=1)[series[1].std(axis=1) > 0])
    assert spreads.std() > 2.0
    assert (np.abs(series[1].mean(axis=1)) > series[1].std(axis=1)).mean() > 0.4


def test_the_same_seed_draws_the_same_series() -> None:
    first, second = (draw(np.random.default_rng(3), 5, 200) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_another_seed_draws_other_series() -> None:
    assert not np.array_equal(draw(np.random.default_rng(3), 5, 200)[1], draw(np.random.default_rng(4), 5, 200)[1])


def test_a_daily_course_repeats_from_day_to_day() -> None:
    timestamps_s = np.arange(0.0, 8 * DAY_S, 900.0)
    likeness = []
    for seed in range(100):
        days = draw_daily(np.random.default_rng(seed), timestamps_s, 900.0).reshape(8, -1)
        likeness.append(np.corrcoef(days[0], days[1])[0, 1])
    assert np.nanmedian(likeness) > 0.95


def test_half_of_the_daily_courses_have_weaker_or_stronger_weekends() -> None:
    monday_s = 4 * DAY_S
    timestamps_s = np.arange(monday_s, monday_s + 14 * DAY_S, 3600.0)
    changed = []
    for seed in range(400):
        days = draw_daily(np.random.default_rng(seed), timestamps_s, 3600.0).reshape(14, 24)
        weekday, weekend = np.ptp(days[1:4], axis=1).mean(), np.ptp(days[[5, 12]], axis=1).mean()
        changed.append(weekday > 0 and abs(weekend / weekday - 1) > 0.35)
    assert 0.3 < np.mean(changed) < 0.6


def test_a_period_comes_back() -> None:
    values = draw_period(np.random.default_rng(5), 4_000)
    spectrum = np.abs(np.fft.rfft((values - values.mean()) * np.hanning(4_000))) ** 2
    assert np.sort(spectrum)[-12:].sum() > 0.95 * spectrum.sum()


def test_noise_has_scale_one_or_is_absent() -> None:
    spreads = np.array([draw_noise(np.random.default_rng(seed), 2_000).std() for seed in range(300)])
    assert 0.02 < (spreads == 0).mean() < 0.16
    assert np.median(spreads[spreads > 0]) == pytest.approx(1.0, abs=0.1)


def test_bursts_are_rare_and_mostly_upward() -> None:
    bursts = [draw_bursts(np.random.default_rng(seed), 2_000) for seed in range(300)]
    assert np.median([(np.abs(burst) > 0.3).mean() for burst in bursts]) < 0.05
    assert 0.08 < np.mean([burst.sum() < 0 for burst in bursts]) < 0.24


def test_a_flat_line_holds_the_value_it_began_with() -> None:
    values = np.random.default_rng(0).normal(size=1_000)
    held = hold_flat(np.random.default_rng(5), values)
    changed = np.flatnonzero(held != values)
    assert len(changed) > 0
    assert (held[changed] == values[changed[0] - 1]).all()


def test_a_log_uniform_number_is_as_often_below_as_above_the_geometric_mean() -> None:
    rng = np.random.default_rng(2)
    drawn = np.array([log_uniform(rng, 0.01, 100.0) for _ in range(2_000)])
    assert drawn.min() >= 0.01
    assert drawn.max() <= 100.0
    assert (drawn < 1.0).mean() == pytest.approx(0.5, abs=0.05)


def test_a_stretch_is_never_empty_and_ends_within_the_series() -> None:
    rng = np.random.default_rng(2)
    drawn = [stretch(rng, 50, 5, 400) for _ in range(1_000)]
    assert all(0 <= where.start < where.stop <= 50 for where in drawn)
