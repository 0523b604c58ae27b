"""The moment: whether records are what was foretold of them."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.evidence import seasonal_deviation
from stream.detection.evidence.seasonal_deviation import CALMING, GROWN_UP, SeasonalDeviation
from stream.detection.forecast.horizon import ForecastError
from tests.unit.detection.by_hand import new_key

OLD = 100.0 * float(GROWN_UP)


def deviations(*aways: float | None, age: float = OLD, stride: int = 1) -> list[SeasonalDeviation]:
    """Score records that lie so many widths above their forecast; None without one."""
    key = new_key()
    key.moment_age = np.float32(age)
    misses = [ForecastError(away is not None, np.float32(away or 0)) for away in aways]
    return [seasonal_deviation.score(key, miss, np.float32(1 / stride)) for miss in misses]


def test_one_record_that_is_off_is_no_moment() -> None:
    assert deviations(*[0.1] * 10, 10.0, *[0.1] * 10)[10].score < 1


def test_an_hour_that_is_off_is_one() -> None:
    scores = [each.score for each in deviations(*[4.0] * 12)]
    assert scores[0] < 1 < scores[-1]


def test_where_nothing_was_foretold_nothing_is_said() -> None:
    for each in deviations(None, None):
        assert each.score == 0
        assert each.novelty_weight == 1


def test_what_was_expected_long_before_is_half_as_new() -> None:
    assert deviations(*[0.1] * 5)[-1].novelty_weight == pytest.approx(CALMING)


def test_a_record_exactly_as_it_was_foretold_was_expected_too() -> None:
    assert deviations(0.1, 0.1, 0.0)[-1].novelty_weight == pytest.approx(CALMING)


def test_what_nobody_expected_is_all_new() -> None:
    assert deviations(*[6.0] * 5)[-1].novelty_weight == 1


def test_one_broken_record_counts_no_more_than_its_limit() -> None:
    assert deviations(1e30)[0].score == deviations(26.0)[0].score


def test_a_young_rhythm_is_not_trusted_as_an_old_one() -> None:
    young, old = (deviations(0.0, age=age)[0].maturity_weight for age in (0.0, OLD))
    assert old / young == pytest.approx(1.4, rel=1e-3)


def test_records_that_come_faster_count_less_each() -> None:
    slow, fast = deviations(4.0), deviations(*[4.0] * 8, stride=8)
    assert fast[-1].score == pytest.approx(slow[0].score, rel=0.1)
