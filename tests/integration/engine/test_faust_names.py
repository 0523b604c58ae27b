"""Every private name of Faust and aiokafka that the engine relies upon: an upgrade that moves one is told here."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.codec import has_zstd
from aiokafka.consumer import fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.producer.message_accumulator import BatchBuilder, MessageAccumulator, MessageBatch
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from faust.tables.recovery import Recovery
from faust.transport.conductor import Conductor

from stream.worker.engine.app import RECOVERY_BATCHES, Engine
from stream.worker.engine.process import Process
from stream.worker.engine.reading.batch import BatchThread
from stream.worker.engine.reading.consumer import BatchConsumer
from stream.worker.engine.recovery import BoundedRecovery
from stream.worker.engine.store import StateTable, Tables
from stream.worker.ingest.app import IngestApp

CLASS_NAMES = [
    (Engine, "_on_partitions_revoked", "the checkpoint before partitions are given up hangs on it"),
    (Engine, "_on_partitions_assigned", "state of lost partitions is dropped in it"),
    (Engine, "_crash", "a crash for which Kafka is the reason is told from others in it"),
    (Engine, "on_rebalance_end", "our own changelog is paused in it, and fetches wait for messages from then on"),
    (Engine, "_create_directories", "no directory is made in it, on what may be read-only"),
    (Engine, "_new_transport", "our consumer comes in through it"),
    (BatchConsumer, "_new_consumer_thread", "our thread of the client comes in through it"),
    (Process, "_sentinel_task", "the loop is closed in it without a wait"),
    (BatchThread, "_create_worker_consumer", "the client learns in it how long a fetch may wait"),
    (Tables, "on_start", "the state is registered in it without a wait"),
    (Tables, "recovery", "a rebalance that is left unanswered is an error by it"),
    (BoundedRecovery, "_wait", "a timeout is told from an end in it"),
    (Tables, "_update_channels", "the state is registered by it"),
    (BatchThread, "_fetch_records", "each fetched batch is told in it where the one before ended"),
    (BatchThread, "_ensure_consumer", "the client that we seek in is got through it"),
    (BatchConsumer, "_to_message", "a batch becomes one message in it"),
    (BatchConsumer, "getmany", "batches of a rebalance are put back in it"),
    (BatchConsumer, "perform_seek", "the start of a partition without a committed offset is set in it"),
    (BatchConsumer, "earliest_offsets", "what retention has deleted is seen by it"),
    (BatchConsumer, "highwater", "the lag is counted to it"),
    (BatchConsumer, "_is_changelog_tp", "source and changelog partitions are told apart by it"),
    (BatchConsumer, "_filter_tps_with_pending_acks", "what may be committed is chosen in it"),
    (BatchConsumer, "_new_offset", "what is committed comes from it"),
    (BatchConsumer, "_should_commit", "a commit that goes backwards is refused by it"),
    (BatchConsumer, "_commit", "the fence is a commit"),
    (BatchConsumer, "force_commit", "offsets are committed at once by it before a revoke"),
    (StateTable, "apply_changelog_batch", "recovery hands over its batches through it"),
    (StateTable, "on_recovery_completed", "the state is looked at as a whole in it, before the first message"),
    (BatchThread, "call_thread", "we seek and pause our own changelog through it"),
    (AIOKafkaProducer, "create_batch", "the changelog is written in whole batches"),
    (AIOKafkaProducer, "send_batch", "the changelog is written in whole batches"),
    (AIOKafkaConsumer, "pause", "our own changelog is paused with it"),
    (AIOKafkaConsumer, "end_offsets", "the lag is counted to it while nothing is fetched"),
    (GroupCoordinator, "check_errors", "the coordinator tries again once its error was looked at by it"),
    (Engine, "start", "a broker that goes away during the start is noticed in it"),
    (Process, "on_init_dependencies", "the worker's app is started before its companion by it"),
    (BatchThread, "subscribe", "a pattern of topics is subscribed to in it"),
    (IngestApp, "_on_partitions_revoked", "what is in hand is written before partitions are given up in it"),
    (MessageBatch, "expired", "a state batch that was withdrawn is not sent again because of it"),
    (MessageBatch, "failure", "a state batch is withdrawn with it"),
    (_DefaultRecordBatchPy, "_maybe_uncompress", "a batch with a header name that is no UTF-8 is read after it"),
]


@pytest.mark.parametrize(("owner", "name", "why"), CLASS_NAMES, ids=lambda value: str(value)[:40])
def test_a_name_that_the_engine_overrides_or_calls_is_still_there(owner: type, name: str, why: str) -> None:
    inherited = [base for base in owner.__mro__[1:] if base.__module__.split(".")[0] != "stream"]
    there = any(name in vars(base) for base in [owner, *inherited] if base.__module__.split(".")[0] != "stream")
    assert there, f"{owner.__name__}.{name} has moved in faust-streaming {version('faust-streaming')}: {why}"


@pytest.mark.parametrize("name", ["rebalancing", "consumer_generation_id", "_consumer"])
def test_an_app_carries_what_the_engine_reads(engine: Engine, name: str) -> None:
    assert hasattr(engine, name), f"App.{name} has moved"


def test_the_queue_of_a_channel_can_be_counted(engine: Engine) -> None:
    queue: Any = engine.source.queue
    assert len(queue._queue) == 0, "ThrowableQueue._queue has moved: the backlog is counted in it"


def test_the_queue_of_the_changelog_can_be_counted(engine: Engine) -> None:
    tables: Any = engine.tables
    assert tables.changelog_queue.qsize() == 0, "TableManager.changelog_queue has moved: recovery fetches by it"


def test_a_batch_can_be_compressed_whatever_the_producer_does() -> None:
    names = list(inspect.signature(BatchBuilder).parameters)[:2]
    assert names == ["batch_size", "compression_type"], "BatchBuilder has changed: the changelog is compressed by it"
    assert has_zstd(), "cramjam is missing"


def test_a_kafka_consumer_has_a_coordinator_that_knows_its_generation() -> None:
    assert "self._coordinator =" in inspect.getsource(AIOKafkaConsumer), "AIOKafkaConsumer._coordinator has moved"
    assert "self.generation =" in inspect.getsource(GroupCoordinator), "GroupCoordinator.generation has moved"


def test_a_coordinator_keeps_its_place_and_what_it_was_refused() -> None:
    source = inspect.getsource(GroupCoordinator)
    for name in ("coordinator_id", "_pending_exception", "_coordination_task"):
        assert f"self.{name} =" in source, f"GroupCoordinator.{name} has moved"


def test_a_fetch_is_read_by_a_name_of_the_fetcher_that_we_replace() -> None:
    assert "records = MemoryRecords(" in inspect.getsource(fetcher.Fetcher), "MemoryRecords has moved"
    unpacking = inspect.getsource(fetcher.PartitionRecords._unpack_records)
    assert "if record.offset < self.next_fetch_offset:" in unpacking, "whole batches are skipped by something else"
    assert "consumer_record = self._consumer_record(tp, record)" in unpacking, "_consumer_record has moved"
    assert "self.next_fetch_offset = record.offset + 1" in unpacking, "whole batches move it on by something else"
    assert hasattr(DefaultRecordBatch, "next_offset"), "a batch says no more where the next one begins"
    assert "self._buffer = bytearray(" in inspect.getsource(_DefaultRecordBatchPy), "its _buffer has moved"


def test_a_producer_keeps_its_batches_where_we_withdraw_them() -> None:
    accumulator = inspect.getsource(MessageAccumulator)
    for name in ("_batch_ttl", "_batches", "_pending_batches"):
        assert f"self.{name} =" in accumulator, f"MessageAccumulator.{name} has moved"
    assert "MessageBatch(tp, builder, self._batch_ttl," in accumulator, "a batch gets its time to live elsewhere"
    batch = inspect.getsource(MessageBatch)
    for name in ("_ttl", "_drain_waiter"):
        assert f"self.{name} =" in batch, f"MessageBatch.{name} has moved"
    assert "self._message_accumulator =" in inspect.getsource(AIOKafkaProducer)


def test_a_kafka_consumer_gives_its_fetcher_the_wait_that_we_set() -> None:
    source = inspect.getsource(AIOKafkaConsumer)
    assert "isolation_level=self._isolation_level" in source, "AIOKafkaConsumer._isolation_level has moved"
    assert "fetch_max_wait_ms=self._fetch_max_wait_ms" in source, "AIOKafkaConsumer._fetch_max_wait_ms has moved"
    assert "self._fetcher = Fetcher(" in source, "AIOKafkaConsumer._fetcher has moved"
    requests = inspect.getsource(fetcher.Fetcher._get_actions_per_node)
    assert "self._fetch_max_wait_ms," in requests, "the wait is read elsewhere than at each fetch"


@pytest.mark.parametrize("name", ["_committed_offset", "_thread", "flow_active"])
def test_a_consumer_carries_what_the_engine_reads(engine: Engine, name: str) -> None:
    assert hasattr(engine.batches, name), f"Consumer.{name} has moved"


def test_recovery_applies_the_changelog_as_often_as_we_say(engine: Engine) -> None:
    source = inspect.getsource(Recovery)
    assert "bufsize = buffer_sizes[tp] = table.recovery_buffer_size" in source, "Recovery buffers by something else"
    assert engine.states.recovery_buffer_size == RECOVERY_BATCHES


def test_a_fetch_is_given_whole_since_batches_stand_for_records(engine: Engine) -> None:
    assert engine.conf.broker_max_poll_records is None, "a fetch would be cut after so many batches"


def test_the_topics_of_a_channel_are_what_faust_hands_its_batches_on_by(engine: Engine) -> None:
    """The app sets them where a pattern is subscribed to, once the group has said which topics it assigns."""
    assert "for subtopic in topic.topics:" in inspect.getsource(Conductor._update_tp_index), "the index has changed"
    assert "_rebalance_listener" in vars(engine.batches._thread), "AIOKafkaConsumerThread._rebalance_listener has moved"


def test_the_app_makes_our_consumer(engine: Engine) -> None:
    assert type(engine.consumer) is BatchConsumer


def test_the_consumer_thread_has_a_slot_for_its_kafka_consumer(engine: Engine) -> None:
    assert engine.batches._thread._consumer is None, "AIOKafkaConsumerThread._consumer has moved"


def test_faust_makes_its_kafka_producer_on_demand(engine: Engine) -> None:
    assert hasattr(engine.producer, "_ensure_producer"), "Producer._ensure_producer has moved"


def test_recovery_keeps_the_replayed_offsets_in_a_counter(engine: Engine) -> None:
    recovery = Recovery(engine, engine.tables)
    assert dict(recovery.active_offsets) == {}, "Recovery.active_offsets has moved"


def test_a_source_without_acks_is_not_tracked(engine: Engine) -> None:
    assert engine.source.acks is False
    assert not engine.topics.acks_enabled_for("metrics")


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("faust-streaming") == "0.15.3", "read the engine against this version, run the e2e tests, then pin"
