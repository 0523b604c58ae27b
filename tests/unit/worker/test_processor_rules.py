"""The scorer under rules: counters judged by their rate, alarms that are suppressed, pending ones, maintenance."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pytest

from stream.events.schemas import schema
from stream.kafka.topics.records import Records
from stream.settings.rules import Rule
from tests.unit.worker.scoring import JUMP_AT, START_MS, STEP_MS, applied, jump, make_scorer, point, restarted

RATES = (Rule(match="cpu", transform="rate"),)
RESET_AT = 90


def counted() -> Records:
    """A counter that grows each second by 90 to 110, begins anew at point 90 and grows by 500 at point 100."""
    growth = 60.0 * np.random.default_rng(0).integers(90, 111, JUMP_AT + 23)
    growth[JUMP_AT] = 60 * 500
    counts = np.concatenate([life.cumsum() for life in np.split(growth, [RESET_AT])])
    return [point(at, at, float(count)) for at, count in enumerate(counts)]


def test_a_counter_under_a_rule_is_told_by_its_rate() -> None:
    processor, _ = make_scorer(rules=RATES)
    (told,) = (episode for episode in applied(processor, counted()).episodes() if episode["actual"] == 500)
    jsonschema.validate(told, schema("episode"))
    assert (told["transform"], told["timestamp"]) == ("rate", START_MS + JUMP_AT * STEP_MS)
    assert "jumped from 107 to 500 a second, far above the 90 to 110" in told["why"]
    assert told["value"] == json.loads(counted()[JUMP_AT].value or b"")["value"]


def test_a_reset_of_a_counter_is_counted_and_has_no_rate() -> None:
    processor, metrics = make_scorer(rules=RATES)
    scores = applied(processor, counted()).scores()
    for score in scores:
        jsonschema.validate(score, schema("score"))
    assert [at for at, score in enumerate(scores) if score["state"] == "reset"] == [RESET_AT]
    assert scores[RESET_AT]["rate"] is None
    assert 90 <= scores[RESET_AT + 1]["rate"] <= 110
    assert metrics.resets._value.get() == 1


@pytest.mark.parametrize("crash", [1, RESET_AT, RESET_AT + 1, JUMP_AT + 1])
def test_a_counter_survives_a_crash_between_checkpoints(crash: int) -> None:
    whole, _ = make_scorer(rules=RATES)
    undisturbed = applied(whole, counted())
    first, _ = make_scorer(rules=RATES)
    before = applied(first, counted()[:crash])
    second = restarted(first, make_scorer(rules=RATES)[0])
    applied(first, counted()[crash : crash + 5])
    after = applied(second, counted()[crash - 1 :])
    assert before.records + after.records == undisturbed.records
    assert before.messages + after.messages == undisturbed.messages
    assert list(second.keys.snapshot()) == list(whole.keys.snapshot())


def test_alarms_that_a_rule_suppresses_are_counted_and_not_published() -> None:
    processor, metrics = make_scorer(rules=(Rule(match="cpu", min_deviation=1000.0),))
    assert applied(processor, jump()).episodes() == []
    assert metrics.suppressed.labels("min_deviation")._value.get() == 1


def test_the_points_of_a_suppressed_alarm_say_so() -> None:
    processor, _ = make_scorer(rules=(Rule(match="cpu", min_deviation=1000.0),))
    scores = applied(processor, jump()).scores()
    for score in scores:
        jsonschema.validate(score, schema("score"))
    assert scores[JUMP_AT]["state"] == "suppressed"
    assert "anomalous" not in {score["state"] for score in scores}


def test_an_alarm_that_has_to_last_is_pending_and_counted() -> None:
    processor, metrics = make_scorer(rules=(Rule.model_validate({"match": "cpu", "for": "1d"}),))
    pending, passed = applied(processor, jump()).episodes()
    for event in (pending, passed):
        jsonschema.validate(event, schema("episode"))
    assert (pending["state"], passed["state"]) == ("pending", "passed")
    assert pending["episode"] == passed["episode"]
    assert metrics.pending._value.get() == 1


def test_points_in_a_maintenance_are_counted_and_their_scores_say_so() -> None:
    window = {"from": "2023-11-14T23:53:20Z", "to": "2023-11-15T00:03:20Z"}
    processor, metrics = make_scorer(rules=(Rule.model_validate({"match": "*", "maintenance": [window]}),))
    sink = applied(processor, jump())
    scores = sink.scores()
    for score in scores:
        jsonschema.validate(score, schema("score"))
    assert [at for at, score in enumerate(scores) if score["state"] == "maintenance"] == list(range(100, 110))
    assert metrics.maintenance._value.get() == 10
    assert sink.episodes() == []
