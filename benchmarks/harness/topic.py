"""Topics of a benchmark: created, filled, measured on the broker's disk."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic

from benchmarks.harness.load import Message

N_PARTITIONS = 4
FLUSH_S = 300.0


COUNTED_AT_ONCE = 5_000
ANSWER_S = 30.0


def create(brokers: str, name: str, n_partitions: int = N_PARTITIONS, **configs: str) -> str:
    """Create a topic and return its name, which is made unique.

    Parameters
    ----------
    brokers : str
    name : str
        First part of the topic's name.
    n_partitions : int
    **configs : str
        Settings of the topic, with `_` for each dot.
    """
    topic = f"bench-{name}-{uuid.uuid4().hex[:8]}"
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.create_topics([NewTopic(topic, n_partitions, 1, topic_configs=_settings(configs))])
        admin.wait_for_topics([topic])
    return topic


def alter(brokers: str, topic: str, **configs: str) -> None:
    """Change settings of a topic, with `_` for each dot."""
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, _settings(configs))])


def _settings(configs: Mapping[str, str]) -> dict[str, str]:
    return {setting.replace("_", "."): value for setting, value in configs.items()}


def delete(brokers: str, topics: Sequence[str]) -> None:
    """Delete those of the topics that exist."""
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        found = [topic for topic in topics if topic in set(admin.list_topics())]
        if found:
            admin.delete_topics(found)


class Publisher:
    """Producer of a benchmark, in C, so that it takes little from what is measured.

    Parameters
    ----------
    brokers, topic : str
    largest_message : int
        In bytes.
    """

    def __init__(self, brokers: str, topic: str, largest_message: int = 1_000_000) -> None:
        settings = {"bootstrap.servers": brokers, "linger.ms": 20, "partitioner": "murmur2_random"}
        settings |= {"message.max.bytes": largest_message, "queue.buffering.max.messages": 500_000}
        self._topic, self._producer = topic, Producer(settings)
        self._errors: list[KafkaException] = []

    def publish(self, messages: Iterable[Message]) -> None:
        """Publish all messages and wait for the broker's acknowledgements.

        Raises
        ------
        KafkaException
            If the producer or the broker refuses one.
        """
        for key, value in messages:
            self._enqueue(key, value)
        if self._producer.flush(FLUSH_S):
            raise TimeoutError(f"the broker did not acknowledge all messages to {self._topic} in {FLUSH_S:g} s")
        if self._errors:
            raise self._errors[0]

    def publish_evenly(self, messages: Sequence[Message], seconds: float) -> None:
        """Publish messages at an even pace, in ten slices a second."""
        started, n_slices = time.monotonic(), max(1, round(seconds * 10))
        for at in range(n_slices):
            self.publish(messages[len(messages) * at // n_slices : len(messages) * (at + 1) // n_slices])
            time.sleep(max(0.0, started + (at + 1) * seconds / n_slices - time.monotonic()))

    def _enqueue(self, key: bytes, value: bytes) -> None:
        while True:
            try:
                self._producer.produce(self._topic, value, key, on_delivery=self._delivered)
            except BufferError:
                self._producer.poll(0.1)
            else:
                break
        self._producer.poll(0)

    def _delivered(self, error: object, _message: object) -> None:
        if error is not None:
            self._errors.append(KafkaException(error))


def publish(brokers: str, topic: str, messages: Iterable[Message]) -> None:
    """Publish messages by a producer of their own."""
    Publisher(brokers, topic).publish(messages)


def disk_bytes(brokers: str, topic: str) -> int:
    """Return the bytes of a topic on the broker's disk, of one replica."""
    return sum(partition_bytes(brokers, topic).values())


def partition_bytes(brokers: str, topic: str) -> dict[int, int]:
    """Return the bytes of each partition on the broker's disk, of one replica."""
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        answers = admin.describe_log_dirs()
    return {
        partition["partition_index"]: partition["partition_size"]
        for answer in answers
        for directory in answer["log_dirs"]
        for found in directory["topics"]
        if found["name"] == topic
        for partition in found["partitions"]
    }


def count_records(brokers: str, topic: str) -> int:
    """Read a topic to its end and count its records: of a compacted one, offsets say too many."""
    settings = {"bootstrap.servers": brokers, "group.id": f"count-{topic}", "enable.auto.commit": False}
    consumer = Consumer(settings | {"enable.partition.eof": True, "queued.max.messages.kbytes": 65_536})
    try:
        partitions = consumer.list_topics(topic, ANSWER_S).topics[topic].partitions
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
        n_records, n_unfinished = 0, len(partitions)
        while n_unfinished:
            messages = consumer.consume(COUNTED_AT_ONCE, ANSWER_S)
            errors = [error for message in messages if (error := message.error()) is not None]
            n_records, n_unfinished = n_records + len(messages) - len(errors), n_unfinished - len(errors)
            _refuse_all_but_ends(errors)
        return n_records
    finally:
        consumer.close()


def _refuse_all_but_ends(errors: Iterable[KafkaError]) -> None:
    for error in errors:
        if error.code() != KafkaError._PARTITION_EOF:
            raise KafkaException(error)
