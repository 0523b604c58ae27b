"""Ledger: a message that is lost, doubled or in the wrong place is found."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from tests.faults.checkers.ledger import Expected, check_ingest, check_ledger, expect
from tests.faults.checkers.topics import DeadLetter, PointId

POISON = b"no point"
Scores = list[tuple[PointId, bytes]]


@dataclass
class Produced:
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


def point(offset: int, minute: int, value: object = 1.0) -> Produced:
    return Produced(0, offset, b"cpu", json.dumps({"series": "cpu", "timestamp": minute, "value": value}).encode())


@pytest.fixture
def expected() -> Expected:
    """Return what belongs to two points, a repeat, a late point and poison."""
    messages = [point(0, 1), point(1, 3), point(2, 3), point(3, 2), Produced(0, 4, b"cpu", POISON)]
    return expect(messages, {POISON})


@pytest.fixture
def scores() -> Scores:
    return [(("cpu", None, 1), b"a"), (("cpu", None, 3), b"b")]


LETTERS = [DeadLetter((0, 4), "not_json")]
SENT = {(0, offset) for offset in range(5)}


def test_what_is_scored_dead_lettered_and_counted_is_in_order(expected: Expected, scores: Scores) -> None:
    assert expected.n_counted == 2
    assert check_ledger(SENT, expected, scores, LETTERS) == []


def test_a_repeat_that_is_the_same_record_is_in_order(expected: Expected, scores: Scores) -> None:
    assert check_ledger(SENT, expected, [*scores, scores[0]], LETTERS * 2) == []


def test_a_point_without_a_score_is_found(expected: Expected, scores: Scores) -> None:
    (finding,) = check_ledger(SENT, expected, scores[:1], LETTERS)
    assert "lost" in finding
    assert "('cpu', None, 3)" in finding


def test_a_late_point_with_a_score_is_found(expected: Expected, scores: Scores) -> None:
    (finding,) = check_ledger(SENT, expected, [*scores, (("cpu", None, 2), b"c")], LETTERS)
    assert "late" in finding


def test_two_different_scores_of_a_point_are_found(expected: Expected, scores: Scores) -> None:
    (finding,) = check_ledger(SENT, expected, [*scores, (("cpu", None, 3), b"c")], LETTERS)
    assert "not alike" in finding


def test_poison_without_a_dead_letter_is_found(expected: Expected, scores: Scores) -> None:
    (finding,) = check_ledger(SENT, expected, scores, [])
    assert "poison" in finding


def test_a_dead_letter_of_a_good_message_is_found(expected: Expected, scores: Scores) -> None:
    (finding,) = check_ledger(SENT, expected, scores, [*LETTERS, DeadLetter((0, 0), "not_json")])
    assert "can be read" in finding


def test_two_reasons_of_a_dead_letter_are_found(expected: Expected, scores: Scores) -> None:
    (finding,) = check_ledger(SENT, expected, scores, [*LETTERS, DeadLetter((0, 4), "not_utf8")])
    assert "two reasons" in finding


def test_a_message_that_the_broker_has_acknowledged_and_lost_is_found(expected: Expected, scores: Scores) -> None:
    (finding,) = check_ledger({*SENT, (0, 5)}, expected, scores, LETTERS)
    assert "not on the topic" in finding


def test_each_feature_is_a_point_of_its_own() -> None:
    expected = expect([point(0, 1, {"cpu": 1.0, "mem": 2.0})], ())
    assert expected.scored == {("cpu", "cpu", 1), ("cpu", "mem", 1)}


def test_a_source_message_that_ingest_lost_is_found(expected: Expected) -> None:
    raw = json.dumps({"name": "raw", "tags": {"host": "r0"}, "timestamp": 1, "fields": {"n": 5}}).encode()
    (finding,) = check_ingest([raw], expected)
    assert "lost by ingest" in finding
    there = {"series": 'raw_n{host="r0"}', "timestamp": 1000, "value": 5.0}
    assert check_ingest([raw], expect([Produced(0, 0, b"", json.dumps(there).encode())], ())) == []
