"""Kafka's default partitioner: where the points of a series belong."""

from __future__ import annotations

from typing import Final

from kafka.partitioner.default import murmur2

ADVICE: Final = (
    "all senders of a series must use Kafka's default partitioner (murmur2 of the key): librdkafka clients, such as "
    "confluent-kafka, need partitioner=murmur2_random"
)
"""What to set in a client that chooses another partition."""

_POSITIVE: Final = 0x7FFFFFFF


def partition_of(series: bytes, n_partitions: int) -> int:
    """Return the partition that Kafka's default partitioner chooses for a key."""
    return int((murmur2(series) & _POSITIVE) % n_partitions)
