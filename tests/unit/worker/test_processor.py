"""The scorer: records in, state and messages out."""

from __future__ import annotations

import json

import jsonschema

from stream.events.schemas import schema
from tests.unit.worker.scoring import (
    JUMP_AT,
    START_MS,
    STEP_MS,
    WARMUP,
    Sink,
    applied,
    jump,
    make_scorer,
    point,
    record,
    two_features,
)


def test_a_jump_becomes_an_episode_that_its_schema_accepts() -> None:
    processor, _ = make_scorer()
    opened, closed = applied(processor, jump()).episodes()
    for episode in (opened, closed):
        jsonschema.validate(episode, schema("episode"))
    assert (opened["state"], closed["state"]) == ("open", "close")
    assert (opened["actual"], opened["start"]) == (500.0, START_MS + JUMP_AT * STEP_MS)
    assert opened["input"] == {"topic": "metrics", "partition": 0, "offset": JUMP_AT}
    assert opened["episode"] == closed["episode"]
    assert opened["start"] < closed["end"] < closed["timestamp"]
    assert opened["why"].startswith("jumped from ")


def test_every_scored_point_is_accepted_by_its_schema_and_goes_to_the_partition_of_its_source() -> None:
    processor, _ = make_scorer()
    sink = applied(processor, jump())
    scores = sink.scores()
    for score in scores:
        jsonschema.validate(score, schema("score"))
    assert [score["state"] for score in scores[:WARMUP]] == ["warming"] * WARMUP
    assert all(score["score"] is None for score in scores[:WARMUP])
    assert scores[0]["expected"] is None
    assert {(found.partition, found.key) for found in sink.records} == {(0, b"cpu")}


def test_a_message_may_carry_many_points() -> None:
    processor, metrics = make_scorer()
    points = [[START_MS + at * STEP_MS, 100.0 + at % 5] for at in range(90)]
    body = json.dumps({"series": "cpu", "points": points}).encode()
    applied(processor, [record(0, b"cpu", body)])
    assert metrics.points._value.get() == 90
    assert metrics.scored._value.get() == 90 - WARMUP


def test_a_bad_message_is_put_aside_with_its_bytes_and_its_neighbours_are_applied() -> None:
    processor, metrics = make_scorer()
    sink = applied(processor, [point(0, 0, 1.0), record(1, b"cpu", b"\xff\xfe"), point(2, 1, 2.0)])
    (letter,) = sink.messages
    assert (letter.topic, letter.key, letter.value) == ("dlq", b"cpu", b"\xff\xfe")
    assert dict(letter.headers)["streamgauge.offset"] == b"1"
    assert metrics.points._value.get() == 2


def test_the_dead_letter_of_a_message_without_key_and_value_can_be_sent() -> None:
    processor, _ = make_scorer()
    (letter,) = applied(processor, [record(0, None, None)]).messages
    assert (letter.key, letter.value) == (None, b"")
    assert dict(letter.headers)["streamgauge.reason"] == b"null_value"


def test_a_crowd_beyond_the_cap_waits_and_is_counted() -> None:
    processor, metrics = make_scorer(max_keys=10)
    sink = applied(processor, [point(at, 0, 1.0, f"series-{at}") for at in range(35)])
    assert [score["series"] for score in sink.scores()] == [f"series-{at}" for at in range(10)]
    assert len(processor.keys) == 10
    assert (metrics.waiting._value.get(), metrics.evicted._value.get()) == (25, 0)


def test_each_feature_is_a_series_of_its_own_and_the_event_names_it() -> None:
    processor, metrics = make_scorer()
    sink = applied(processor, two_features())
    for episode in sink.episodes():
        jsonschema.validate(episode, schema("episode"))
    assert {(episode["series"], episode["feature"]) for episode in sink.episodes()} == {("web", "mem")}
    assert {message.key for message in sink.messages} == {b"web"}
    assert len(processor.keys) == 2
    assert metrics.points._value.get() == 2 * (JUMP_AT + 60)


def test_a_feature_is_scored_as_the_same_numbers_without_a_name() -> None:
    named, _ = make_scorer()
    of_mem = [score["score"] for score in applied(named, two_features()).scores() if score["feature"] == "mem"]
    plain, _ = make_scorer()
    values = [500.0 if at == JUMP_AT else 100.0 + at % 5 for at in range(JUMP_AT + 60)]
    alone = applied(plain, [point(at, at, value) for at, value in enumerate(values)])
    assert of_mem == [score["score"] for score in alone.scores()]


def test_of_a_crowd_of_features_those_wait_for_which_there_is_no_room() -> None:
    processor, _ = make_scorer(max_keys=3)
    body = {"series": "web", "timestamp": START_MS, "value": {f"feature-{n}": float(n) for n in range(10)}}
    sink = applied(processor, [record(0, b"web", json.dumps(body).encode())])
    assert len(sink.records) == 3
    assert len(processor.keys) == 3


def test_a_message_that_nests_too_deeply_is_dead_lettered_and_the_next_one_is_scored() -> None:
    processor, _ = make_scorer()
    sink = applied(processor, [record(0, b"cpu", b"[" * 3_000), point(1, 0, 1.0)])
    assert [message.topic for message in sink.messages] == ["dlq"]
    assert len(sink.scores()) == 1


def test_partitions_that_come_together_are_scored_as_one_by_one() -> None:
    together, apart = make_scorer()[0], make_scorer()[0]
    first, second = jump(), [point(at, at, float(at % 7), "mem") for at in range(len(jump()))]
    at_once, one_by_one = Sink(), Sink()
    for start in range(0, len(first), 40):
        some = {0: first[start : start + 40], 1: second[start : start + 40]}
        together.apply(some, at_once)
        for partition, records in some.items():
            apart.apply({partition: records}, one_by_one)
    assert at_once.messages == one_by_one.messages
    assert len(at_once.messages) > 0
    assert sorted(at_once.records) == sorted(one_by_one.records)
    assert {record.partition for record in at_once.records} == {0, 1}
    assert sorted(together.snapshot()) == sorted(apart.snapshot())
