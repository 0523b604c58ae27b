"""A counter whose rule says rate: judged by what it grows, through resets, kill -9 and a change of the rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from kafka.consumer.fetcher import ConsumerRecord

from stream.detection.arrays import Float64, Int64
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Policy, Verdicts
from stream.detection.policy.policy import SeriesPolicy, Transform
from stream.detectors import build_detector
from stream.model import Bundle
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce
from tests.e2e.truth import read_all
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import WorkerProcess

RULES = json.dumps([{"match": "*/requests_total", "transform": "rate"}])
UNTOUCHED = json.dumps([{"match": "*/requests_total", "counters": "off"}])
SERIES = "host-7/requests_total"
START_MS, STEP_MS = 1_700_000_000_000, 60_000
RESETS = [300, 650]
BURST = slice(800, 806)
CRASH = 500
N_POINTS = 900


def counted() -> Float64:
    """A counter that grows by some 6,000 a minute, begins anew twice, and once grows five times as fast."""
    growth = np.random.default_rng(0).normal(6000, 300, N_POINTS).round()
    growth[BURST] *= 5
    return np.concatenate([life.cumsum() for life in np.split(growth, RESETS)])


def times_ms() -> Int64:
    return START_MS + STEP_MS * np.arange(N_POINTS)


def messages(points: slice) -> list[tuple[bytes | None, bytes | None]]:
    """Return the points as messages of one point each."""
    pairs = zip(times_ms()[points].tolist(), counted()[points].tolist(), strict=True)
    bodies = [{"series": SERIES, "timestamp": timestamp, "value": value} for timestamp, value in pairs]
    return [(SERIES.encode(), json.dumps(body).encode()) for body in bodies]


def offline() -> Verdicts:
    """Score the counter by the same gauge without Kafka, in one call."""
    detector = build_detector(Bundle.default(), Policy(bands=True))
    assert isinstance(detector, ForecastDetector)
    detector.state.set_policies(np.array([0]), [SeriesPolicy(Transform.RATE)])
    return detector.score(np.zeros(N_POINTS, np.int64), times_ms(), counted())


def by_point(records: list[ConsumerRecord]) -> list[dict[str, Any]] | None:
    """Return the score of each point once all are there; a crash may repeat some, and then they are equal."""
    found: dict[int, dict[str, Any]] = {}
    for record in records:
        score = json.loads(record.value)
        assert found.setdefault(score["timestamp"], score) == score
    return [found[timestamp] for timestamp in times_ms().tolist()] if len(found) == N_POINTS else None


def test_a_counter_is_scored_by_its_rate_through_resets_and_kill_9(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    worker = WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, rules=RULES, session_timeout_s=9, **names)
    with worker:
        produce(kafka.bootstrap, names["metrics_topic"], messages(slice(0, CRASH)))
        consume(kafka.bootstrap, names["scores_topic"], CRASH)
        worker.kill9()
    produce(kafka.bootstrap, names["metrics_topic"], messages(slice(CRASH, N_POINTS)))
    with worker:
        scores = wait_for(lambda: by_point(read_all(kafka.bootstrap, names["scores_topic"])), "a score of every point")
        assert worker.terminate()[0] == 0
    truth = offline()
    for name, expected in (("score", truth.score), ("rate", truth.actual), ("upper", truth.upper)):
        live = np.array([np.nan if score[name] is None else score[name] for score in scores])
        assert live.tobytes() == expected.tobytes(), name
    assert [at for at, score in enumerate(scores) if score["state"] == "reset"] == RESETS
    events = [json.loads(record.value) for record in read_all(kafka.bootstrap, names["anomalies_topic"])]
    burst = [event for event in events if event["start"] == times_ms()[BURST.start] and event["state"] == "open"]
    assert burst
    assert (burst[0]["transform"], burst[0]["direction"]) == ("rate", "above")
    assert 400 < burst[0]["actual"] < 600


def test_a_changed_rule_counts_after_a_restart_and_the_series_warms_up_anew(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    with WorkerProcess(tmp_path / "plain.log", brokers=kafka.bootstrap, rules=UNTOUCHED, **names) as plain:
        produce(kafka.bootstrap, names["metrics_topic"], messages(slice(0, 400)))
        before = consume(kafka.bootstrap, names["scores_topic"], 400)
        assert plain.terminate()[0] == 0
    with WorkerProcess(tmp_path / "ruled.log", brokers=kafka.bootstrap, rules=RULES, **names) as ruled:
        produce(kafka.bootstrap, names["metrics_topic"], messages(slice(400, 450)))
        after = consume(kafka.bootstrap, names["scores_topic"], 450)[400:]
        assert ruled.terminate()[0] == 0
    states = {json.loads(record.value)["state"] for record in before[300:]}
    assert states <= {"normal", "anomalous"}
    assert {json.loads(record.value)["state"] for record in after} == {"warming"}
    assert {json.loads(record.value)["transform"] for record in after} == {"rate"}
