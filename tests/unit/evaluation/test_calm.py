"""The calm suite: what is drawn, and how pages and faults are counted."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.detector import ForecastDetector
from stream.detection.forecast.recurrent import RecurrentForecaster
from tests.unit.detection.streams import Echo
from training.evaluation.calm import suite
from training.evaluation.calm.kinds import KINDS, LIGHT
from training.evaluation.calm.suite import FAULT_AGES, FAULTS, LENGTHS, Length, draw_calm, draw_faulty, robust_deviation
from training.evaluation.calm.table import markdown, record
from training.evaluation.calm.tally import CalmTally, Estimate, FaultTally, Plan, Tally, measure
from training.evaluation.pages import BUDGETS, Pages


def pages(*rows: int) -> Pages:
    return Pages(np.array(rows, np.int64), np.array(rows[:1], np.int64), np.array(rows, np.int64))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_finite_and_never_constant(kind: str) -> None:
    values = KINDS[kind](np.random.default_rng(0), 60.0 * np.arange(3000, dtype=np.float64))
    assert np.isfinite(values).all()
    assert np.ptp(values) > 0


def test_the_same_seed_draws_the_same_series() -> None:
    first, again, other = (list(draw_calm(seed, 1, "1 h")) for seed in (0, 0, 1))
    for one, same, different in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one.series.values, same.series.values)
        assert not np.array_equal(one.series.values, different.series.values)


def test_a_fault_changes_its_own_points_alone() -> None:
    for case in draw_faulty(0, 1):
        planted = FAULTS[case.fault]
        assert case.end - case.age == planted.n_points
        assert len(case.series.values) == case.end + 100
        if case.fault == "flat line":
            assert np.ptp(case.series.values[case.age : case.end]) == 0
    assert {case.kind for case in draw_faulty(0, 1)} == set(LIGHT)


def test_a_robust_deviation_is_that_of_normal_noise_whatever_the_outliers() -> None:
    noise = np.random.default_rng(0).normal(0, 2, 10_000)
    noise[:100] = 1e6
    assert robust_deviation(noise) == pytest.approx(2, rel=0.05)
    assert robust_deviation(np.array([0.0] * 9 + [1.0])) > 0


def test_pages_are_counted_by_age_and_carried_to_a_month() -> None:
    counted = CalmTally.of("1 min", [pages(400, 1500, 20_000), pages()])
    assert counted.first.tolist() == [3, 0]
    assert counted.monthly["first day"].tolist() == [30, 0]
    assert counted.monthly["days 2 to 7"].tolist() == [pytest.approx(5), 0]
    assert counted.monthly["later"][0] == pytest.approx(30 / 23)


def test_an_age_that_is_not_watched_is_missing() -> None:
    assert set(CalmTally.of("1 s", [pages(400)]).monthly) == {"first day"}


def test_an_estimate_holds_the_mean_of_its_series() -> None:
    found = Estimate.of(np.array([0.0, 1.0, 2.0, 1.0]))
    assert found.mean == 1
    assert 0 <= found.low < 1 < found.high <= 2
    assert Estimate.of(np.zeros(4)) == (0, 0, 0)


def test_a_page_in_a_fault_or_right_after_finds_it() -> None:
    case = next(case for case in draw_faulty(0, 1) if case.fault == "shift of 4")
    cases = [case] * 4
    raised = [pages(case.age - 1), pages(case.age + 3), pages(case.end + 10), pages(case.end + 30)]
    counted = FaultTally.of(cases, raised)
    assert (counted.planted, counted.found) == (4, 2)
    assert counted.delay == np.median([3, case.end + 10 - case.age])


def test_the_suite_is_scored_under_every_sensitivity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LENGTHS, "1 min", Length(60, 400))
    monkeypatch.setattr(suite, "FAULT_AGES", (320,))
    parts: list[float] = []
    tally = measure(lambda: ForecastDetector(RecurrentForecaster(Echo())), Plan(0, 1, 1, ["1 min"]), parts.append)
    assert parts[-1] == pytest.approx(1)
    assert {sensitivity for _, _, sensitivity in tally.calm} == set(BUDGETS)
    assert len(tally.calm) == len(KINDS) * len(BUDGETS)
    assert len(tally.faults) == len(FAULTS) * len(BUDGETS)
    assert len(record(tally)["calm"]) == len(tally.calm)


def test_the_tables_have_every_kind_interval_and_fault() -> None:
    nothing = CalmTally.of("1 min", [pages()])
    calm = {("1 min", kind, name): nothing for kind in KINDS for name in BUDGETS}
    faults = {(fault, age, name): FaultTally(4, 2, 3.0) for fault in FAULTS for age in FAULT_AGES for name in BUDGETS}
    written = markdown(Tally(calm, faults))
    for name in (*KINDS, *FAULTS, *BUDGETS):
        assert f" {name} " in written
    assert "| all faults | 50 % |" in written
    assert written.count("0.00 (0.0 to 0.0)") == (len(KINDS) + 2) * len(BUDGETS)
