"""What a worker left behind, read by an observer of its own: states, events, and how far it has come."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from stream.detection.arrays import Layout
from stream.detection.state.record import RECORD
from stream.formats.state.key import is_partition_key
from stream.worker.recovery import source_offset
from tests.e2e.waiting import wait_for


def read_all(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    """Read a topic from its beginning to where it ends now."""
    with KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False) as consumer:
        parts = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic))]
        ends = consumer.end_offsets(parts)
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        found: list[ConsumerRecord] = []

        def at_end() -> bool | None:
            for records in consumer.poll(timeout_ms=500).values():
                found.extend(records)
            return all(consumer.position(part) >= ends[part] for part in parts) or None

        wait_for(at_end, f"the end of {topic}")
    return found


def wait_drained(bootstrap: str, topic: str, group: str) -> None:
    """Wait until the group has committed the end of every partition; the patience is with each step on the way."""
    with KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False) as consumer:
        parts = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic))]
        ends = consumer.end_offsets(parts)

        def n_behind() -> int:
            return sum(max(0, ends[part] - (consumer.committed(part) or 0)) for part in parts)

        def is_nearer(behind: int) -> bool | None:
            return n_behind() < behind or None

        while behind := n_behind():
            wait_for(partial(is_nearer, behind), f"{group} to commit the last {behind} messages of {topic}")


def final_states(bootstrap: str, changelog: str, layout: Layout = RECORD) -> dict[bytes, bytes]:
    """Return each key's last state: the record with the largest source offset, as recovery chooses it."""
    states: dict[bytes, bytes] = {}
    for record in read_all(bootstrap, changelog):
        if is_partition_key(record.key):
            continue
        held = states.get(record.key)
        if held is None or source_offset(record.value, layout) >= source_offset(held, layout):
            states[record.key] = record.value
    return states


def events_by_id(bootstrap: str, topic: str) -> dict[str, set[bytes]]:
    """Return the different bodies of each CloudEvents id of a topic."""
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for record in read_all(bootstrap, topic):
        bodies[dict(record.headers)["ce_id"].decode()].add(record.value)
    return bodies
