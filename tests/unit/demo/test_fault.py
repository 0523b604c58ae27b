"""What the faults do to the values."""

from __future__ import annotations

import numpy as np
import pytest

from stream.cli.demo.scene.scene import EFFECTS, Fault

HOURS = np.arange(8.0)
VALUES = np.array([10.0, 20, 30, 40, 50, 60, 70, 80])


def struck(kind: str) -> list[float]:
    """Return the values after a fault from 2 h to 5 h."""
    values = VALUES.copy()
    Fault(kind, "requests", 2, 5, "a story").apply(values, HOURS)
    return [float(value) for value in values]


@pytest.mark.parametrize("kind", EFFECTS)
def test_a_fault_changes_nothing_before_its_start_and_from_its_end_on(kind: str) -> None:
    values = struck(kind)
    assert values[:2] == [10, 20]
    assert values[5:] == [60, 70, 80]


def test_a_spike_is_four_times_the_value() -> None:
    assert struck("spike")[2:5] == [120, 160, 200]


def test_of_a_missing_peak_a_fifth_is_left_above_the_lowest_value() -> None:
    assert struck("missing peak")[2:5] == [14, 16, 18]


def test_a_flat_line_repeats_the_value_at_which_it_starts() -> None:
    assert struck("flat line")[2:5] == [30, 30, 30]


def test_a_level_shift_raises_the_values_by_three_fifths() -> None:
    assert struck("level shift")[2:5] == [48, 64, 80]
