"""The scorer: records in, state and messages out; a replay changes nothing twice."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import numpy as np
import pytest
from aiokafka import ConsumerRecord

from stream.detection.record import Float32
from stream.detection.verdict import Policy
from stream.formats import Decoder, Model, schema
from stream.worker.engine.batch import Records
from stream.worker.engine.outbox import Message, Outbox
from stream.worker.engine.writer import KeyedRecord
from stream.worker.events import Events
from stream.worker.metrics import Metrics
from stream.worker.scorer import Scorer

NOW_MS = 1_800_000_000_000
START_MS = 1_700_000_000_000
STEP_MS = 60_000
WARMUP = 60
JUMP_AT = 100
SHA256 = "ab" * 32


class LastValue:
    """Forecasts the value just seen."""

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        return np.zeros((len(inputs), 9), np.float32), h, c


class Sink(Outbox):
    """An outbox that keeps what is put in."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self.scores: list[KeyedRecord] = []

    def put(self, messages: list[Message], scores: list[KeyedRecord]) -> None:
        self.messages += messages
        self.scores += scores

    def episodes(self) -> list[dict[str, Any]]:
        return [json.loads(message.value or b"") for message in self.messages if message.topic == "anomalies"]


def make_scorer(*, max_keys: int = 100) -> tuple[Scorer, Metrics]:
    metrics = Metrics()
    events = Events(
        Model("test", "1", SHA256),
        metrics_topic="metrics",
        anomalies_topic="anomalies",
        level=0.99,
        with_scores=True,
        metrics=metrics,
    )
    policy = Policy(warmup=WARMUP, bands=True)
    decoder = Decoder(7200)
    scorer = Scorer(
        LastValue(),
        policy,
        decoder,
        events,
        dead_letter_topic="dlq",
        max_keys=max_keys,
        metrics=metrics,
        clock_ms=lambda: NOW_MS,
    )
    return scorer, metrics


def record(offset: int, key: bytes | None, value: bytes | None) -> ConsumerRecord:
    return ConsumerRecord("metrics", 0, offset, NOW_MS, 0, key, value, None, 0, 0, ())


def point(offset: int, at: int, value: float, series: str = "cpu") -> ConsumerRecord:
    body = {"series": series, "timestamp": START_MS + at * STEP_MS, "value": value}
    return record(offset, series.encode(), json.dumps(body).encode())


def jump() -> Records:
    """A quiet series of one pattern that jumps, and comes back."""
    values = [100.0 + at % 5 for at in range(JUMP_AT)] + [500.0] * 3 + [100.0 + at % 5 for at in range(20)]
    return [point(at, at, value) for at, value in enumerate(values)]


def test_a_jump_becomes_an_episode_that_its_schema_accepts() -> None:
    scorer, _ = make_scorer()
    sink = Sink()
    scorer.apply(0, jump(), sink)
    episodes = sink.episodes()
    for episode in episodes:
        jsonschema.validate(episode, schema("episode"))
    assert [episode["state"] for episode in episodes] == ["open", "close"]
    assert (episodes[0]["actual"], episodes[0]["start"]) == (500.0, START_MS + JUMP_AT * STEP_MS)
    assert episodes[0]["input"] == {"topic": "metrics", "partition": 0, "offset": JUMP_AT}
    assert episodes[0]["episode"] == episodes[1]["episode"]
    assert episodes[1]["end"] > episodes[0]["start"]


def test_every_scored_point_is_accepted_by_its_schema_and_goes_to_the_partition_of_its_source() -> None:
    scorer, _ = make_scorer()
    sink = Sink()
    scorer.apply(0, jump(), sink)
    scores = [json.loads(score.value or b"") for score in sink.scores]
    for score in scores:
        jsonschema.validate(score, schema("score"))
    assert [score["state"] for score in scores[:WARMUP]] == ["warming"] * WARMUP
    assert all(score["score"] is None for score in scores[:WARMUP])
    assert scores[0]["expected"] is None
    assert {(score.partition, score.key) for score in sink.scores} == {(0, b"cpu")}


def test_a_replay_of_what_the_state_has_seen_changes_nothing_and_says_nothing() -> None:
    scorer, metrics = make_scorer()
    scorer.apply(0, jump(), Sink())
    before = scorer.snapshot()
    again = Sink()
    scorer.apply(0, jump(), again)
    assert again.messages == []
    assert again.scores == []
    assert scorer.snapshot() == before
    assert metrics.replayed._value.get() == len(jump())


def test_a_crash_between_checkpoints_repeats_the_same_events_and_ends_in_the_same_state() -> None:
    whole, _ = make_scorer()
    undisturbed = Sink()
    whole.apply(0, jump(), undisturbed)
    first, _ = make_scorer()
    first.apply(0, jump()[:70], Sink())
    checkpoint = first.snapshot()
    first.apply(0, jump()[70:110], Sink())
    second, _ = make_scorer()
    for state in checkpoint:
        second.restore(state)
    repeated = Sink()
    second.apply(0, jump()[70:], repeated)
    assert repeated.messages == undisturbed.messages
    assert second.snapshot() == whole.snapshot()


def test_a_message_may_carry_many_points() -> None:
    scorer, metrics = make_scorer()
    points = [[START_MS + at * STEP_MS, 100.0 + at % 5] for at in range(90)]
    body = json.dumps({"series": "cpu", "points": points}).encode()
    scorer.apply(0, [record(0, b"cpu", body)], Sink())
    assert metrics.points._value.get() == 90
    assert metrics.scored._value.get() == 90 - WARMUP


def test_a_bad_message_is_put_aside_with_its_bytes_and_its_neighbours_are_applied() -> None:
    scorer, metrics = make_scorer()
    sink = Sink()
    scorer.apply(0, [point(0, 0, 1.0), record(1, b"cpu", b"\xff\xfe"), point(2, 1, 2.0)], sink)
    (letter,) = sink.messages
    assert (letter.topic, letter.key, letter.value) == ("dlq", b"cpu", b"\xff\xfe")
    assert dict(letter.headers)["streamgauge.offset"] == b"1"
    assert metrics.points._value.get() == 2


def test_the_dead_letter_of_a_message_without_key_and_value_can_be_sent() -> None:
    scorer, _ = make_scorer()
    sink = Sink()
    scorer.apply(0, [record(0, None, None)], sink)
    (letter,) = sink.messages
    assert (letter.key, letter.value) == (None, b"")
    assert dict(letter.headers)["streamgauge.reason"] == b"null_value"


def test_a_crowd_beyond_the_cap_is_counted_and_the_newest_are_kept() -> None:
    scorer, metrics = make_scorer(max_keys=10)
    scorer.apply(0, [point(at, 0, 1.0, f"series-{at}") for at in range(35)], Sink())
    assert len(scorer.keys) == 10
    assert metrics.evicted._value.get() == 25


@pytest.mark.parametrize("cut", [1, 37, JUMP_AT, JUMP_AT + 1, JUMP_AT + 5])
def test_where_a_fetch_is_cut_changes_nothing(cut: int) -> None:
    whole, _ = make_scorer()
    in_one = Sink()
    whole.apply(0, jump(), in_one)
    pieces, _ = make_scorer()
    in_two = Sink()
    pieces.apply(0, jump()[:cut], in_two)
    pieces.apply(0, jump()[cut:], in_two)
    assert in_two.messages == in_one.messages
    assert pieces.snapshot() == whole.snapshot()
