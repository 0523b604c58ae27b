"""The scorer: records in, state and messages out; a replay changes nothing twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import numpy as np
import pytest
from aiokafka import ConsumerRecord

from stream.broker.rules import Rule
from stream.detection import Recurrent
from stream.detection.gauge import Gauge
from stream.detection.reconstruction import Autoencoder, ReconstructionGauge
from stream.detection.record import Float32
from stream.detection.verdict import Policy
from stream.detection.windows import Scaling
from stream.formats import Decoder, Model, schema
from stream.gauges import AnyGauge
from stream.worker.engine.batch import Records
from stream.worker.engine.outbox import Message, Outbox
from stream.worker.engine.writer import KeyedRecord
from stream.worker.events import Events
from stream.worker.listener import Listening
from stream.worker.metrics import Metrics
from stream.worker.rulebook import Rulebook
from stream.worker.scorer import Scorer
from tests.unit.detection.window_models import Flat

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


def make_scorer(
    *,
    max_keys: int = 100,
    gauge: AnyGauge | None = None,
    features: tuple[str, ...] | None = None,
    rules: tuple[Rule, ...] = (),
    listening: Listening | None = None,
    clock_ms: Callable[[], int] = lambda: NOW_MS,
) -> tuple[Scorer, Metrics]:
    metrics = Metrics()
    events = Events(
        Model("test", "1", SHA256),
        metrics_topic="metrics",
        anomalies_topic="anomalies",
        features=features or (),
        level=0.99,
        with_scores=True,
        metrics=metrics,
    )
    policy = Policy(warmup=WARMUP, bands=True)
    decoder = Decoder(7200, features=features)
    scorer = Scorer(
        gauge or Gauge(Recurrent(LastValue()), policy),
        decoder,
        events,
        dead_letter_topic="dlq",
        max_keys=max_keys,
        metrics=metrics,
        listening=listening,
        rulebook=Rulebook(rules),
        clock_ms=clock_ms,
    )
    return scorer, metrics


def record(offset: int, key: bytes | None, value: bytes | None) -> ConsumerRecord:
    return ConsumerRecord("metrics", 0, offset, NOW_MS, 0, key, value, None, 0, 0, ())


def point(offset: int, at: int, value: float, series: str = "cpu") -> ConsumerRecord:
    body = {"series": series, "timestamp": START_MS + at * STEP_MS, "value": value}
    return record(offset, series.encode(), json.dumps(body).encode())


def jump() -> Records:
    """A quiet series of one pattern that jumps, and comes back."""
    values = [100.0 + at % 5 for at in range(JUMP_AT)] + [500.0] * 3 + [100.0 + at % 5 for at in range(80)]
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
    assert episodes[0]["start"] < episodes[1]["end"] < episodes[1]["timestamp"]
    assert episodes[0]["why"].startswith("500 where 104 was expected")


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


def features(at: int, cpu: float, mem: float) -> ConsumerRecord:
    body = {"series": "web", "timestamp": START_MS + at * STEP_MS, "value": {"mem": mem, "cpu": cpu}}
    return record(at, b"web", json.dumps(body).encode())


def two_features() -> Records:
    """Two quiet features, of which the second jumps."""
    return [features(at, 10.0 + at % 4, 500.0 if at == JUMP_AT else 100.0 + at % 5) for at in range(JUMP_AT + 60)]


def test_each_feature_is_a_series_of_its_own_and_the_event_names_it() -> None:
    scorer, metrics = make_scorer()
    sink = Sink()
    scorer.apply(0, two_features(), sink)
    for episode in sink.episodes():
        jsonschema.validate(episode, schema("episode"))
    assert {(episode["series"], episode["feature"]) for episode in sink.episodes()} == {("web", "mem")}
    assert {message.key for message in sink.messages} == {b"web"}
    assert len(scorer.keys) == 2
    assert metrics.points._value.get() == 2 * (JUMP_AT + 60)


def test_a_feature_is_scored_as_the_same_numbers_without_a_name() -> None:
    named, _ = make_scorer()
    in_features = Sink()
    named.apply(0, two_features(), in_features)
    plain, _ = make_scorer()
    alone = Sink()
    plain.apply(0, [point(at, at, 500.0 if at == JUMP_AT else 100.0 + at % 5) for at in range(JUMP_AT + 60)], alone)
    scores = [json.loads(score.value or b"") for score in in_features.scores]
    of_mem = [score["score"] for score in scores if score["feature"] == "mem"]
    assert of_mem == [json.loads(score.value or b"")["score"] for score in alone.scores]


def test_a_crowd_of_features_beyond_the_cap_is_cut_into_parts_that_fit() -> None:
    scorer, _ = make_scorer(max_keys=3)
    body = {"series": "web", "timestamp": START_MS, "value": {f"feature-{n}": float(n) for n in range(10)}}
    sink = Sink()
    scorer.apply(0, [record(0, b"web", json.dumps(body).encode())], sink)
    assert len(sink.scores) == 10
    assert len(scorer.keys) == 3


def reconstruction() -> ReconstructionGauge:
    scaling = Scaling(np.array([10.0, 100.0]), np.array([4.0, 5.0]))
    return ReconstructionGauge(Autoencoder(Flat(), scaling, 10, 10, cutoff=20.0))


def test_a_window_of_several_features_is_one_state_record_and_its_event_names_the_worst() -> None:
    scorer, _ = make_scorer(gauge=reconstruction(), features=("cpu", "mem"))
    sink = Sink()
    scorer.apply(0, two_features(), sink)
    opened, closed = sink.episodes()
    for episode in (opened, closed):
        jsonschema.validate(episode, schema("episode"))
    assert (opened["feature"], opened["expected"], opened["window_start"]) == (
        "mem",
        None,
        START_MS + JUMP_AT * STEP_MS,
    )
    assert "shares" not in opened
    assert closed["start"] == opened["start"]
    assert len(scorer.snapshot()) == 1


def test_scores_of_windows_come_at_their_ends_and_the_schema_accepts_all() -> None:
    scorer, _ = make_scorer(gauge=reconstruction(), features=("cpu", "mem"))
    sink = Sink()
    scorer.apply(0, two_features()[:25], sink)
    scores = [json.loads(score.value or b"") for score in sink.scores]
    for score in scores:
        jsonschema.validate(score, schema("score"))
    judged = [at for at, score in enumerate(scores) if score["score"] is not None]
    assert judged == [9, 19]
    assert {score["state"] for score in scores} == {"filling", "normal"}


def test_windows_survive_a_crash_between_checkpoints() -> None:
    whole, _ = make_scorer(gauge=reconstruction(), features=("cpu", "mem"))
    undisturbed = Sink()
    whole.apply(0, two_features(), undisturbed)
    first, _ = make_scorer(gauge=reconstruction(), features=("cpu", "mem"))
    first.apply(0, two_features()[:95], Sink())
    checkpoint = first.snapshot()
    second, _ = make_scorer(gauge=reconstruction(), features=("cpu", "mem"))
    for state in checkpoint:
        second.restore(state)
    repeated = Sink()
    second.apply(0, two_features()[90:], repeated)
    assert repeated.messages == undisturbed.messages
    assert second.snapshot() == whole.snapshot()


def test_a_message_without_a_feature_of_the_model_is_refused_with_its_reason() -> None:
    scorer, _ = make_scorer(gauge=reconstruction(), features=("cpu", "mem"))
    sink = Sink()
    body = {"series": "web", "timestamp": START_MS, "value": {"cpu": 1.0}}
    scorer.apply(0, [record(0, b"web", json.dumps(body).encode()), features(1, 1.0, 2.0)], sink)
    (letter,) = sink.messages
    assert dict(letter.headers)["streamgauge.reason"] == b"missing_feature"
    assert len(sink.scores) == 1


RATES = (Rule(match="cpu", transform="rate"),)
RESET_AT = 90


def counted() -> Records:
    """A counter that grows each second by 90 to 110, begins anew at point 90 and grows by 500 at point 100."""
    growth = 60.0 * np.random.default_rng(0).integers(90, 111, JUMP_AT + 23)
    growth[JUMP_AT] = 60 * 500
    counts = np.concatenate([life.cumsum() for life in np.split(growth, [RESET_AT])])
    return [point(at, at, float(count)) for at, count in enumerate(counts)]


def test_a_counter_under_a_rule_is_told_by_its_rate_and_its_resets_are_counted() -> None:
    scorer, metrics = make_scorer(rules=RATES)
    sink = Sink()
    scorer.apply(0, counted(), sink)
    (told,) = (episode for episode in sink.episodes() if episode["actual"] == 500)
    jsonschema.validate(told, schema("episode"))
    assert (told["transform"], told["timestamp"]) == ("rate", START_MS + JUMP_AT * STEP_MS)
    assert "500 a second where " in told["why"]
    assert told["value"] == json.loads(counted()[JUMP_AT].value or b"")["value"]
    scores = [json.loads(score.value or b"") for score in sink.scores]
    for score in scores:
        jsonschema.validate(score, schema("score"))
    assert [at for at, score in enumerate(scores) if score["state"] == "reset"] == [RESET_AT]
    assert scores[RESET_AT]["rate"] is None
    assert 90 <= scores[RESET_AT + 1]["rate"] <= 110
    assert metrics.resets._value.get() == 1


@pytest.mark.parametrize("crash", [1, RESET_AT, RESET_AT + 1, JUMP_AT + 1])
def test_a_counter_survives_a_crash_between_checkpoints(crash: int) -> None:
    whole, _ = make_scorer(rules=RATES)
    undisturbed = Sink()
    whole.apply(0, counted(), undisturbed)
    first, _ = make_scorer(rules=RATES)
    before = Sink()
    first.apply(0, counted()[:crash], before)
    checkpoint = first.snapshot()
    first.apply(0, counted()[crash : crash + 5], Sink())
    second, _ = make_scorer(rules=RATES)
    for state in checkpoint:
        second.restore(state)
    after = Sink()
    second.apply(0, counted()[crash - 1 :], after)
    assert before.scores + after.scores == undisturbed.scores
    assert before.messages + after.messages == undisturbed.messages
    assert second.snapshot() == whole.snapshot()


def test_alarms_that_a_rule_lets_pass_are_counted_and_not_told() -> None:
    scorer, metrics = make_scorer(rules=(Rule(match="cpu", min_deviation=1000.0),))
    sink = Sink()
    scorer.apply(0, jump(), sink)
    assert sink.episodes() == []
    assert metrics.suppressed.labels("min_deviation")._value.get() == 1


def test_points_in_a_maintenance_are_counted_and_their_scores_say_so() -> None:
    window = {"from": "2023-11-14T23:53:20Z", "to": "2023-11-15T00:03:20Z"}
    scorer, metrics = make_scorer(rules=(Rule.model_validate({"match": "*", "maintenance": [window]}),))
    sink = Sink()
    scorer.apply(0, jump(), sink)
    scores = [json.loads(score.value or b"") for score in sink.scores]
    for score in scores:
        jsonschema.validate(score, schema("score"))
    assert [at for at, score in enumerate(scores) if score["state"] == "maintenance"] == list(range(100, 110))
    assert metrics.maintenance._value.get() == 10
    assert sink.episodes() == []
