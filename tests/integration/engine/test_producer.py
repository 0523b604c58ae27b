"""What the producer waits for, and what it gives up."""

from __future__ import annotations

import asyncio
import math
import time

import pytest
from aiokafka import AIOKafkaProducer
from faust.types import TP

from stream.worker.engine.sending import producer as producer_module
from stream.worker.engine.sending.producer import Delivery, DeliveryError, KeyedRecord, Producer, WithdrawnError
from stream.worker.engine.waits import Waits

STATE = TP("state", 0)


async def make_producer(waits: Waits) -> tuple[AIOKafkaProducer, Producer]:
    kafka = AIOKafkaProducer(bootstrap_servers="127.0.0.1:1")
    return kafka, Producer(kafka, waits)


async def forget(kafka: AIOKafkaProducer) -> None:
    kafka._message_accumulator._batches.clear()
    await kafka.stop()


async def withdraw_a_batch() -> list[bool]:
    kafka, producer = await make_producer(Waits())
    batch, accumulator = producer.create_batch(), kafka._message_accumulator
    batch.append(key=b"cpu", value=b"state", timestamp=None)
    acknowledged = await accumulator.add_batch(batch, STATE, 1)
    other = await accumulator.add_message(TP("anomalies", 0), b"cpu", b"{}", 1)
    producer.withdraw("state")
    await asyncio.sleep(0)
    found = [isinstance(acknowledged.exception(), WithdrawnError), other.done(), STATE in accumulator._batches]
    await forget(kafka)
    return found


def test_a_batch_of_state_is_withdrawn_and_an_event_is_not() -> None:
    assert asyncio.run(withdraw_a_batch()) == [True, False, False]


async def wait_for_a_topic_that_is_gone() -> str | None:
    waits = Waits()
    kafka, producer = await make_producer(waits)
    delivery = Delivery(TP("metrics.dlq", 2), asyncio.get_running_loop().create_future(), [])
    try:
        await producer.deliver([delivery])
    finally:
        await forget(kafka)
    return None


def test_a_topic_that_the_brokers_do_not_know_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producer_module, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(producer_module, "MISSING_TIMEOUT_S", 0.1)
    started = time.monotonic()
    with pytest.raises(DeliveryError, match=r"metrics.dlq, partition None: the topic is not on the broker"):
        asyncio.run(wait_for_a_topic_that_is_gone())
    assert time.monotonic() - started >= 0.1


async def expiry() -> float:
    kafka, _ = await make_producer(Waits())
    ttl = float(kafka._message_accumulator._batch_ttl)
    await forget(kafka)
    return ttl


def test_a_batch_never_expires_so_that_the_events_of_a_partition_keep_their_order() -> None:
    assert asyncio.run(expiry()) == math.inf


def test_a_batch_gives_the_offset_of_its_last_record() -> None:
    async def offset() -> int:
        acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(type("Metadata", (), {"offset": 40}))
        return Delivery(STATE, acknowledged, [KeyedRecord(0, b"a", None)] * 3).last_offset()

    assert asyncio.run(offset()) == 42
