"""Rules that change while a worker runs: from an offset on, and the same after a crash."""

from __future__ import annotations

import struct
from typing import Literal

import pytest

from stream.control.records import Learn, Verdict
from stream.errors import StateError
from stream.formats.state.rules import RULES_KEY
from stream.kafka.topics.identity import TopicIdentity
from stream.kafka.topics.records import Records
from stream.settings.rules import Rule
from stream.worker.engine.store import StateRecord
from stream.worker.keys.rule_set import RuleSet
from stream.worker.processor import PartitionProcessor
from tests.unit.worker.scoring import JUMP_AT, START_MS, STEP_MS, applied, change_rules, jump, make_scorer, point

QUIETER = RuleSet((Rule(match="cpu", min_deviation=1000.0),))
LOG = RuleSet((Rule(match="cpu", transform="log"),))
DAY_MS = 86_400_000
Word = Literal["expected", "false", "real"]


def verdict(word: Word, direction: str = "above", start: int = START_MS + JUMP_AT * STEP_MS) -> Verdict:
    return Verdict(
        by="ann", at=0, episode="ab" * 16, series="cpu", verdict=word, start=start, end=start, direction=direction
    )


def restored(*records: StateRecord, source: TopicIdentity | None = None) -> PartitionProcessor:
    """Return a worker whose changelog holds these records."""
    processor, _ = make_scorer() if source is None else make_scorer(source=source)
    processor.restore(0, records)
    processor.restored()
    return processor


def test_a_rule_decides_from_its_change_on() -> None:
    processor, metrics = make_scorer()
    records = jump()
    applied(processor, records[:JUMP_AT])
    change_rules(processor, QUIETER, offset=JUMP_AT)
    assert applied(processor, records[JUMP_AT:]).episodes() == []
    assert metrics.suppressed.labels("min_deviation")._value.get() == 1


@pytest.mark.parametrize("rules", [QUIETER, LOG])
def test_a_change_does_what_a_restart_with_the_new_rules_does(rules: RuleSet) -> None:
    running, _ = make_scorer()
    applied(running, jump()[:80])
    stopped = running.snapshot()
    change_rules(running, rules, offset=80)
    started, _ = make_scorer(rules=rules.rules)
    started.restore(0, stopped)
    started.restored()
    assert applied(running, jump()[80:]).records == applied(started, jump()[80:]).records
    assert list(running.keys.snapshot()) == list(started.keys.snapshot())


def test_after_a_crash_the_rules_are_those_of_the_changelog_and_results_are_the_same() -> None:
    undisturbed, _ = make_scorer()
    before = applied(undisturbed, jump()[:80])
    stored = [*undisturbed.snapshot(), *change_rules(undisturbed, LOG, offset=80)]
    after = applied(undisturbed, jump()[80:])
    crashed = restored(*stored)
    again = applied(crashed, jump()[79:])
    assert len(before.records) == 80
    assert again.records == after.records
    assert again.messages == after.messages


def test_a_key_that_begins_anew_by_a_change_and_back_is_written_in_between() -> None:
    processor, _ = make_scorer()
    applied(processor, jump()[:80])
    processor.snapshot()
    change_rules(processor, LOG, offset=80)
    (record,) = processor.snapshot()
    assert record.key == b"cpu"


def test_keys_that_have_sent_nothing_since_a_restart_go_through_every_change() -> None:
    processor, _ = make_scorer()
    applied(processor, jump()[:80])
    asleep = restored(*processor.snapshot())
    for worker in (processor, asleep):
        change_rules(worker, LOG, offset=80)
        change_rules(worker, RuleSet(), offset=80)
    assert applied(asleep, jump()[80:]).records == applied(processor, jump()[80:]).records


def test_a_change_is_due_where_other_rules_are_in_force_and_not_where_they_say_the_same() -> None:
    processor, _ = make_scorer()
    assert not processor.is_rule_change_due(0)
    processor.rules.wanted = RuleSet(QUIETER.rules)
    assert processor.is_rule_change_due(0)
    change = processor.rule_change({0: 5, 1: 7})
    assert [(record.partition, record.key) for record in change.records] == [(0, RULES_KEY), (1, RULES_KEY)]
    assert processor.is_rule_change_due(0)
    change.adopt()
    processor.rules.wanted = RuleSet(QUIETER.rules)
    assert not processor.is_rule_change_due(0)
    assert processor.rule_change({0: 9, 1: 9}).records == []


def test_the_first_rule_set_is_written_although_it_is_empty_and_is_known_from_then_on() -> None:
    processor, _ = make_scorer()
    processor.rules.wanted = RuleSet()
    assert processor.is_rule_change_due(0)
    assert not processor.is_rule_set_known(0)
    (record,) = change_rules(processor, RuleSet())
    assert not processor.is_rule_change_due(0)
    assert restored(record).is_rule_set_known(0)


def test_rules_of_a_partition_that_is_gone_are_forgotten() -> None:
    processor, _ = make_scorer()
    change_rules(processor, QUIETER)
    processor.keep_only({1})
    assert processor.is_rule_change_due(0)


def test_of_two_records_that_with_the_larger_offset_counts() -> None:
    source, _ = make_scorer()
    (newer,) = change_rules(source, QUIETER, offset=9)
    (older,) = change_rules(source, LOG, offset=5)
    found = restored(newer, older)
    found.rules.wanted = QUIETER
    assert not found.is_rule_change_due(0)


def test_an_offset_of_another_topic_is_before_all_of_ours() -> None:
    other, _ = make_scorer(source=TopicIdentity("cluster", "metrics", "another"))
    ours, _ = make_scorer()
    (foreign,) = change_rules(other, LOG, offset=1_000_000)
    (own,) = change_rules(ours, QUIETER, offset=0)
    found = restored(own, foreign)
    found.rules.wanted = QUIETER
    assert not found.is_rule_change_due(0)


@pytest.mark.parametrize("cut", [b"", b"\x00" * 20, struct.pack("<IqI", 0, 0, 0) + b"x"])
def test_a_record_that_cannot_be_read_ends_the_worker(cut: bytes) -> None:
    with pytest.raises(StateError, match="changelog partition 0: the record of its rules cannot be read"):
        restored(StateRecord(0, RULES_KEY, cut))


def test_a_rule_set_comes_back_from_its_record() -> None:
    window = {"days": ["sun"], "from": "23:30", "to": "01:00", "zone": "Europe/Berlin"}
    rule = Rule.model_validate({"match": "cpu", "for": "5m", "maintenance": [window], "false_alarms": "1 per 7 days"})
    rules = RuleSet((rule,), (verdict("expected"),), (Learn(by="ann", at=0, series="cpu", from_ms=5),))
    assert RuleSet.decode(rules.encode()) == rules


def test_an_expected_anomaly_a_week_later_is_scored_and_not_published() -> None:
    week_before = START_MS + JUMP_AT * STEP_MS - 7 * DAY_MS
    processor, metrics = make_scorer()
    change_rules(processor, RuleSet(verdicts=(verdict("expected", start=week_before),)))
    sink = applied(processor, jump())
    assert sink.episodes() == []
    assert sink.scores()[JUMP_AT]["state"] == "suppressed"
    assert metrics.suppressed.labels("expected")._value.get() == 1


@pytest.mark.parametrize(
    "other",
    [
        verdict("expected", direction="below"),
        verdict("expected", start=START_MS + JUMP_AT * STEP_MS - DAY_MS),
        verdict("real"),
    ],
)
def test_an_anomaly_of_another_kind_or_time_is_published_as_before(other: Verdict) -> None:
    plain, _ = make_scorer()
    processor, _ = make_scorer()
    change_rules(processor, RuleSet(verdicts=(other,)))
    assert applied(processor, jump()).messages == applied(plain, jump()).messages


def test_a_false_verdict_lowers_the_scores_of_its_series_alone() -> None:
    plain, _ = make_scorer()
    processor, _ = make_scorer()
    change_rules(processor, RuleSet(verdicts=(verdict("false"),)))
    records = jump() + [point(200 + at, at, 100.0 + at % 5, "other") for at in range(90)]
    before, after = applied(plain, records).scores(), applied(processor, records).scores()
    assert after[JUMP_AT]["score"] < before[JUMP_AT]["score"]
    assert after[len(jump()) :] == before[len(jump()) :]


def test_a_learn_mark_closes_the_open_episode_and_the_series_warms_up_at_its_new_level() -> None:
    processor, _ = make_scorer()
    values = [100.0 + at % 5 for at in range(JUMP_AT)] + [500.0 + at % 5 for at in range(100)]
    records: Records = [point(at, at, value) for at, value in enumerate(values)]
    (opened, *_) = applied(processor, records[: JUMP_AT + 3]).episodes()
    assert opened["state"] == "open"
    mark = Learn(by="ann", at=0, series="cpu", from_ms=START_MS + (JUMP_AT + 2) * STEP_MS)
    change_rules(processor, RuleSet(learn_marks=(mark,)), offset=JUMP_AT + 3)
    sink = applied(processor, records[JUMP_AT + 3 :])
    assert [(event["state"], event["end"] - START_MS) for event in sink.episodes()] == [
        ("close", (JUMP_AT + 3) * STEP_MS)
    ]
    states = [score["state"] for score in sink.scores()]
    assert states[1:61] == ["warming"] * 60
    assert set(states[61:]) == {"normal"}
