"""A scorer without a broker: records go in, and a sink keeps what comes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from aiokafka import ConsumerRecord

from stream.detection.arrays import Float32
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Policy
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detectors import AnyDetector
from stream.events.episodes import Model
from stream.formats.points import Decoder
from stream.kafka.topics.identity import TopicIdentity
from stream.kafka.topics.records import Records
from stream.settings.rules import Rule
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.sending.producer import KeyedRecord, Message
from stream.worker.engine.store import StateRecord
from stream.worker.keys.rule_set import RuleSet
from stream.worker.keys.staleness import StalenessConfig
from stream.worker.messages.episodes import EpisodeMessages
from stream.worker.observability.metrics import Metrics
from stream.worker.origin import Origin
from stream.worker.processor import PartitionProcessor
from stream.worker.reader import DeadLetterTopic
from tests.plain.stepwise import Stepwise

NOW_MS = 1_800_000_000_000
START_MS = 1_700_000_000_000
STEP_MS = 60_000
WARMUP = 60
JUMP_AT = 100
SHA256 = "ab" * 32
SOURCE = TopicIdentity("cluster", "metrics", "topic-id")


class LastValue(Stepwise):
    """Forecasts the value just seen."""

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        return np.zeros((len(inputs), 9), np.float32), h, c


class Sink(Outbox):
    """An outbox that keeps what is put in."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self.records: list[KeyedRecord] = []

    def put(self, messages: list[Message], scores: list[KeyedRecord]) -> None:
        self.messages += messages
        self.records += scores

    def episodes(self) -> list[dict[str, Any]]:
        """Read what went onto the anomalies topic."""
        return self.events("anomalies")

    def events(self, topic: str) -> list[dict[str, Any]]:
        """Read what went onto a topic of events."""
        return [json.loads(message.value or b"") for message in self.messages if message.topic == topic]

    def scores(self) -> list[dict[str, Any]]:
        """Read what went onto the scores topic."""
        return [json.loads(bytes(record.value or b"")) for record in self.records]


def make_scorer(
    *,
    max_keys: int = 100,
    detector: AnyDetector | None = None,
    features: tuple[str, ...] | None = None,
    rules: tuple[Rule, ...] = (),
    staleness_config: StalenessConfig | None = None,
    clock_ms: Callable[[], int] = lambda: NOW_MS,
    source: TopicIdentity = SOURCE,
) -> tuple[PartitionProcessor, Metrics]:
    metrics = Metrics()
    events = EpisodeMessages(
        Model("test", "1", SHA256),
        metrics_topic="metrics",
        anomalies_topic="anomalies",
        backfill_topic="anomalies.backfill",
        features=features or (),
        level=0.99,
        with_scores=True,
        metrics=metrics,
    )
    policy = Policy(warmup=WARMUP, bands=True)
    decoder = Decoder(7200, features=features)
    processor = PartitionProcessor(
        detector or ForecastDetector(RecurrentForecaster(LastValue()), policy),
        decoder,
        events,
        Origin(source),
        dead_letters=DeadLetterTopic("dlq", 1_000_000),
        max_keys=max_keys,
        metrics=metrics,
        staleness_config=staleness_config,
        clock_ms=clock_ms,
    )
    if rules:
        change_rules(processor, RuleSet(rules))
    return processor, metrics


def change_rules(processor: PartitionProcessor, rules: RuleSet, offset: int = 0) -> list[StateRecord]:
    """Put rules into force in partition 0 as a checkpoint does; give the records that it writes."""
    processor.rules.wanted = rules
    change = processor.rule_change({0: offset})
    change.adopt()
    return change.records


def applied(processor: PartitionProcessor, records: Records) -> Sink:
    """Return what comes of records."""
    sink = Sink()
    processor.apply({0: records}, sink)
    return sink


def restarted(processor: PartitionProcessor, fresh: PartitionProcessor) -> PartitionProcessor:
    """Put what a scorer would write at a checkpoint into a fresh one."""
    fresh.restore(0, processor.snapshot())
    fresh.restored()
    return fresh


def record(offset: int, key: bytes | None, value: bytes | None) -> ConsumerRecord:
    return ConsumerRecord("metrics", 0, offset, NOW_MS, 0, key, value, None, 0, 0, ())


def point(offset: int, at: int, value: float, series: str = "cpu") -> ConsumerRecord:
    body = {"series": series, "timestamp": START_MS + at * STEP_MS, "value": value}
    return record(offset, series.encode(), json.dumps(body).encode())


def jump() -> Records:
    """A quiet series of one pattern that jumps, and comes back."""
    values = [100.0 + at % 5 for at in range(JUMP_AT)] + [500.0] * 3 + [100.0 + at % 5 for at in range(40)]
    return [point(at, at, value) for at, value in enumerate(values)]


def features(at: int, cpu: float, mem: float) -> ConsumerRecord:
    body = {"series": "web", "timestamp": START_MS + at * STEP_MS, "value": {"mem": mem, "cpu": cpu}}
    return record(at, b"web", json.dumps(body).encode())


def two_features() -> Records:
    """Two quiet features, of which the second jumps."""
    return [features(at, 10.0 + at % 4, 500.0 if at == JUMP_AT else 100.0 + at % 5) for at in range(JUMP_AT + 60)]
