"""The contextual suite: series of six weeks whose every fault differs from a clean twin by the fault alone."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from training.evaluation.context.faults import LOADS
from training.evaluation.context.shapes import SHAPES
from training.evaluation.context.suite import DAY_S, FIRST_FAULTY_DAY, N_DAYS, Case, draw

FAULTS = (*LOADS, "too_regular", "stuck")


@cache
def cases() -> list[Case]:
    return list(draw(7, 0))


def of(fault: str) -> list[Case]:
    return [case for case in cases() if case.fault == fault]


def twin(case: Case) -> Case:
    return next(other for other in of("") if other.name == case.name)


def test_the_same_seed_draws_the_same_series_and_another_number_others() -> None:
    again, others = list(draw(7, 0)), list(draw(7, 1))
    assert all(np.array_equal(one.values, other.values) for one, other in zip(cases(), again, strict=True))
    assert not np.array_equal(others[0].values[:1000], cases()[0].values[:1000])


def test_every_shape_has_a_clean_twin_of_six_weeks() -> None:
    assert [case.shape for case in of("")] == list(SHAPES)
    assert all(len(case.values) * case.interval_s == N_DAYS * DAY_S for case in of(""))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_differs_from_its_twin_in_its_own_records_alone(fault: str) -> None:
    assert of(fault)
    for case in of(fault):
        differs = np.flatnonzero(case.values != twin(case).values)
        assert case.start <= differs[0] < case.end
        assert differs[-1] * case.interval_s < (case.start * case.interval_s // DAY_S + 2) * DAY_S


@pytest.mark.parametrize("fault", LOADS)
def test_a_faulty_load_begins_with_the_first_record_that_it_changes(fault: str) -> None:
    changed = [np.flatnonzero(case.values != twin(case).values)[0] - case.start for case in of(fault)]
    assert min(changed) == 0
    assert max(changed) * min(case.interval_s for case in of(fault)) < DAY_S / 2


def test_faults_come_when_a_person_has_seen_four_weeks() -> None:
    assert all(case.start * case.interval_s >= FIRST_FAULTY_DAY * DAY_S for case in cases() if case.fault)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "too_regular"])
def test_what_a_fault_shows_has_been_seen_before(fault: str) -> None:
    """Nearly: noise and the factor of a day may carry a value a little over the top."""
    for case in of(fault):
        before, during = case.values[: case.start], case.values[case.start : case.end]
        reach = 0.2 * np.ptp(before)
        assert before.min() - reach <= during.min()
        assert during.max() <= before.max() + reach
