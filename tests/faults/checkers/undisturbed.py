"""Undisturbed single process: the worker's processor in this process, over the same messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
from kafka import KafkaAdminClient
from kafka.consumer.fetcher import ConsumerRecord
from structlog.testing import capture_logs

from stream.events.dead_letter_log import DeadLetterLog
from stream.formats.state.key import is_partition_key
from stream.kafka.topics.identity import identify
from stream.settings.settings import Settings
from stream.worker.assembly import build_processor, load_bundle
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.sending.producer import KeyedRecord, Message
from stream.worker.metrics_topic import MetricsTopic
from stream.worker.observability.anomaly_log import AnomalyLog
from stream.worker.observability.metrics import Metrics
from stream.worker.processor import PartitionProcessor
from tests.faults.checkers.changelog import RuleChange
from tests.faults.checkers.topics import PointId, point_id

CHUNK = 500


class Undisturbed(Outbox):
    """What comes of the messages: each score, each event, each state once.

    Parameters
    ----------
    anomalies_topic : str

    Attributes
    ----------
    scores : dict of PointId to bytes
    events : dict of str to bytes
        By CloudEvents id.
    states : dict of bytes to bytes
    """

    def __init__(self, anomalies_topic: str) -> None:
        super().__init__()
        self._anomalies_topic = anomalies_topic
        self.scores: dict[PointId, bytes] = {}
        self.events: dict[str, bytes] = {}
        self.states: dict[bytes, bytes] = {}

    def put(self, messages: list[Message], scores: list[KeyedRecord]) -> None:
        """Keep messages and scores."""
        for message in messages:
            if message.topic == self._anomalies_topic:
                self.events[dict(message.headers)["ce_id"].decode()] = message.value or b""
        for score in scores:
            body = bytes(score.value or b"")
            self.scores[point_id(body)] = body


def run_undisturbed(
    settings: Settings, messages: Sequence[ConsumerRecord], rule_changes: Mapping[int, Sequence[RuleChange]]
) -> Undisturbed:
    """Apply all messages, and the changes of rules where the changelog has them.

    Parameters
    ----------
    settings : Settings
        Those of the workers.
    messages : sequence of ConsumerRecord
        Of the whole metrics topic, by partition and offset.
    rule_changes : mapping of int to sequence of RuleChange
        By partition.
    """
    with KafkaAdminClient(bootstrap_servers=settings.brokers) as admin:
        source = MetricsTopic(identify(admin, settings.metrics_topic), settings.partitions)
    found = Undisturbed(settings.anomalies_topic)
    with capture_logs():  # Each episode would be a line.
        bundle = load_bundle(settings)
        for partition, records in groupby(messages, key=lambda each: each.partition):
            processor = build_processor(settings, bundle, Metrics(), source, DeadLetterLog(), AnomalyLog())
            _apply(processor, partition, list(records), rule_changes.get(partition, ()), found)
            found.states.update(_states(processor))
    return found


def _apply(
    processor: PartitionProcessor,
    partition: int,
    records: list[ConsumerRecord],
    changes: Sequence[RuleChange],
    outbox: Outbox,
) -> None:
    offsets = np.array([record.offset for record in records])
    at = 0
    for change in changes:
        until = int(np.searchsorted(offsets, change.offset))
        _apply_chunks(processor, partition, records[at:until], outbox)
        processor.rules.wanted = change.rules
        processor.rule_change({partition: change.offset}).adopt()
        at = max(at, until)
    _apply_chunks(processor, partition, records[at:], outbox)


def _apply_chunks(processor: PartitionProcessor, partition: int, records: list[ConsumerRecord], outbox: Outbox) -> None:
    for start in range(0, len(records), CHUNK):
        processor.apply({partition: records[start : start + CHUNK]}, outbox)


def _states(processor: PartitionProcessor) -> Iterator[tuple[bytes, bytes]]:
    for record in processor.snapshot():
        if not is_partition_key(record.key) and record.value is not None:
            yield record.key, bytes(record.value)
