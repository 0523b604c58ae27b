"""Faults of our own: the process ends before anything half done becomes durable."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError
from faust.types import TP
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from stream.kafka.clients import consumer_options, producer_options
from stream.kafka.embedded import EmbeddedBroker
from stream.settings.settings import Settings
from stream.worker.engine.watch import AppMonitor
from stream.worker.metrics_topic import prepare_topics
from stream.worker.observability.health import Health
from tests.integration.engine.surviving import GaveUpError, Surviving

COMMAND = [sys.executable, "-m", "tests.integration.engine.faulty_worker"]


def test_a_bug_in_the_processor_ends_the_worker_with_75_and_no_checkpoint() -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        producer = KafkaProducer(**producer_options(settings))
        producer.send("metrics", b"{}", key=b"cpu", partition=0).get(timeout=10)
        producer.close()
        command = [*COMMAND, settings.brokers, settings.app_id]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        consumer = KafkaConsumer(**consumer_options(settings), group_id=settings.app_id)
        parts = [TopicPartition(settings.changelog_topic, n) for n in range(4)]
        assert set(consumer.end_offsets(parts).values()) == {0}
        assert not consumer.committed(TopicPartition("metrics", 0))
        consumer.close()
    assert ended.returncode == 75
    assert '"chunk failed"' in ended.stderr
    assert "Traceback" in ended.stderr
    assert "ZeroDivisionError('a bug')" in ended.stderr


def test_a_crash_of_faust_for_which_kafka_is_the_reason_asks_for_another_start(engine: Surviving) -> None:
    with pytest.raises(GaveUpError, match="Kafka failed"):
        engine._crash(KafkaConnectionError("Unable to bootstrap"))


def test_a_crash_of_faust_for_another_reason_stays_one(engine: Surviving) -> None:
    engine._crash(ZeroDivisionError())
    assert engine.crashed


def test_a_rebalance_that_kafka_leaves_unanswered_is_an_error_and_no_silent_end(engine: Surviving) -> None:
    tables: Any = engine.tables
    with pytest.raises(KafkaTimeoutError, match=r"no answer within 0\.01 s"):
        asyncio.run(tables.recovery._wait(asyncio.sleep(60), timeout=0.01))


def test_a_fault_in_a_task_beside_the_agent_is_not_silent(engine: Surviving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.checkpoint, "interval_s", 0.01)
    monkeypatch.setattr(engine.batches, "starts", {TP("metrics", 0): 0})
    with pytest.raises(GaveUpError, match="the watch failed"):
        asyncio.run(AppMonitor(engine).run())


def test_a_worker_whose_topics_are_ready_waits_for_partitions() -> None:
    health = Health()
    with EmbeddedBroker() as broker:
        prepare_topics(broker.with_topics(Settings()), health)
    assert health.ready() == (False, {"waiting_for": "partitions"})
