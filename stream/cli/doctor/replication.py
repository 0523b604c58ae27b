"""The doctor's finding about what the loss of a broker does."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream.cli.doctor.finding import Finding
from stream.errors import BrokerUnreachableError
from stream.kafka.topics.replication import Replication, replications

ABOUT: Final = "replicas"

GROUP_TOPIC: Final = "__consumer_offsets"
"""Kafka's own, which holds the group's offsets."""


def examine_replication(admin: KafkaAdminClient, topics: Collection[str]) -> Finding:
    """Return whether a worker goes on while any one broker is away.

    Parameters
    ----------
    topics : collection of str
        Those of the worker that are there.
    """
    try:
        n_brokers = len(admin.describe_cluster()["brokers"])
        found = replications(admin, [*topics, GROUP_TOPIC])
    except KafkaError as error:
        text = f"the broker gave no answer about the topics' replicas: {error}; try again"
        return Finding(ABOUT, "fail", text, BrokerUnreachableError.exit_code)
    if n_brokers == 1:
        return Finding(ABOUT, "ok", "one broker: its loss stops the worker, and loses what was not copied elsewhere")
    weak = {name: each for name, each in found.items() if not each.outlives_a_broker}
    if not weak:
        return Finding(ABOUT, "ok", f"any one of {n_brokers} brokers may be away: {len(found)} topics go on")
    named = ", ".join(f"{name} ({_spelled(each)})" for name, each in sorted(weak.items()))
    return Finding(
        ABOUT,
        "warn",
        f"the loss of one of {n_brokers} brokers would stop the worker: {named}; give them 3 replicas and "
        "min.insync.replicas=2 (kafka-reassign-partitions.sh, kafka-configs.sh)",
    )


def _spelled(replication: Replication) -> str:
    n = replication.n_replicas
    return f"{n} replica{'s' * (n > 1)}, min.insync.replicas={replication.min_in_sync}"
