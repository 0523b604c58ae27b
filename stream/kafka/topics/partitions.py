"""Partitions of existing topics, raised."""

from __future__ import annotations

import time
from collections.abc import Sequence

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, for_code

from stream.errors import BrokerUnreachableError, TopicError

READY_WITHIN_S = 30.0
"""A broker answers before the new partitions have leaders."""


def raise_partitions(admin: KafkaAdminClient, names: Sequence[str], n_partitions: int) -> None:
    """Raise topics to so many partitions, and wait for their leaders.

    Raises
    ------
    TopicError
        If the broker refuses; the text has its reason.
    BrokerUnreachableError
        If a new partition has no leader after 30 s, or the broker gives no answer.
    """
    if not names:
        return
    try:
        answer = admin.create_partitions(dict.fromkeys(names, n_partitions), raise_errors=False)
        for result in answer.results:
            if result.error_code:
                reason = result.error_message or for_code(result.error_code).__name__
                raise TopicError(
                    f"topic {result.name} cannot be raised to {n_partitions} partitions: {reason}; raise it with "
                    "Kafka's own tools, then run the same command again"
                )
        _wait_for_leaders(admin, names, n_partitions)
    except KafkaError as error:
        raise BrokerUnreachableError(
            f"topics {', '.join(names)}: expected {n_partitions} partitions, found {error}; run the same command again"
        ) from error


def _wait_for_leaders(admin: KafkaAdminClient, names: Sequence[str], n_partitions: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        described = admin.describe_topics(list(names))
        led = [[each for each in topic["partitions"] if each["leader_id"] >= 0] for topic in described]
        if all(len(partitions) >= n_partitions for partitions in led):
            return
        if time.monotonic() > deadline:
            raise BrokerUnreachableError(
                f"topics {', '.join(names)}: expected {n_partitions} partitions with a leader after "
                f"{READY_WITHIN_S:g} s; look into the brokers' logs, then run the same command again"
            )
        time.sleep(0.2)
