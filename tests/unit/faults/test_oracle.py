"""Oracle: a score or an event that is missing, more or different is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.checkers.oracle import check_oracle
from tests.faults.checkers.topics import Outputs, PointId
from tests.faults.checkers.undisturbed import Undisturbed

FIRST: PointId = ("cpu", None, 1)
SECOND: PointId = ("cpu", None, 2)
OUTPUTS = Outputs([(FIRST, b"0.1"), (SECOND, b"2.0"), (SECOND, b"2.0")], {"open-1": {b"open"}}, [], {})


@pytest.fixture
def undisturbed() -> Undisturbed:
    found = Undisturbed("anomalies")
    found.scores.update({FIRST: b"0.1", SECOND: b"2.0"})
    found.events["open-1"] = b"open"
    return found


def test_equal_outputs_are_in_order_whatever_was_repeated(undisturbed: Undisturbed) -> None:
    assert check_oracle(OUTPUTS, undisturbed) == []


def test_a_falsified_score_is_found(undisturbed: Undisturbed) -> None:
    undisturbed.scores[SECOND] = b"2.1"
    (finding,) = check_oracle(OUTPUTS, undisturbed)
    assert "score that differs" in finding


def test_a_missing_event_is_found(undisturbed: Undisturbed) -> None:
    (finding,) = check_oracle(replace(OUTPUTS, events={}), undisturbed)
    assert "event missing" in finding


def test_an_event_too_many_is_found(undisturbed: Undisturbed) -> None:
    del undisturbed.events["open-1"]
    (finding,) = check_oracle(OUTPUTS, undisturbed)
    assert "does not have" in finding


def test_an_id_with_two_bodies_is_found(undisturbed: Undisturbed) -> None:
    (finding,) = check_oracle(replace(OUTPUTS, events={"open-1": {b"open", b"other"}}), undisturbed)
    assert "event that differs" in finding
