"""What counts as found, and what as a false alarm."""

from __future__ import annotations

import numpy as np

from training.evaluation.context.suite import Case
from training.evaluation.context.tally import WEEK_S, ContextTally, tally

INTERVAL_S = 1800.0
N_RECORDS = round(6 * WEEK_S / INTERVAL_S)
START, END = 1500, 1520
GRACE = 2
"""An hour in records of half an hour."""


def counted(pages: list[int], pages_of_twin: list[int]) -> ContextTally:
    times_s = INTERVAL_S * np.arange(N_RECORDS, dtype=np.float64)
    values = np.zeros(N_RECORDS)
    clean = Case("made/0", "made", "", times_s, values)
    faulty = Case("made/0", "made", "early", times_s, values, START, END)
    return tally([(clean, np.array(pages_of_twin, np.int64)), (faulty, np.array(pages, np.int64))])


def test_a_page_in_the_fault_has_found_it() -> None:
    assert counted([START], []).found == {"early": 1}
    assert counted([END - 1], []).found_share == 1


def test_an_hour_after_the_fault_a_page_is_still_its_own_and_then_no_more() -> None:
    assert counted([END + GRACE - 1], []).found == {"early": 1}
    assert counted([END + GRACE], []).found == {"early": 0}


def test_before_the_fault_nothing_is_found() -> None:
    assert counted([START - 1], []).found == {"early": 0}


def test_what_would_have_alarmed_anyway_has_found_nothing() -> None:
    assert counted([START + 3], [START + 3]).found == {"early": 0}


def test_alarms_on_the_twin_are_false_and_counted_by_age() -> None:
    found = counted([], [10, 400, 1000])
    assert found.false_alarms == {"weeks 1 and 2": 1, "weeks 3 to 6": 1, "all": 2}
    assert found.clean_points == {"weeks 1 and 2": 672 - 300, "weeks 3 to 6": 1344, "all": 2016 - 300}
    assert found.false_per_10k("weeks 3 to 6") == 1e4 / 1344


def test_alarms_on_a_faulty_series_are_no_false_ones() -> None:
    assert counted([400, 1000], []).false_alarms["all"] == 0
