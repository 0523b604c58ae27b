"""How many copies of its topics a worker needs, and has."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

MIN_IN_SYNC: Final = "min.insync.replicas"


class Replication(NamedTuple):
    """Copies of a topic.

    Attributes
    ----------
    n_replicas : int
        Of the partition that has the fewest.
    min_in_sync : int
        Copies that must take a message, or else it is refused.
    """

    n_replicas: int
    min_in_sync: int

    @property
    def outlives_a_broker(self) -> bool:
        """Whether it takes messages while any one broker is away."""
        return self.n_replicas > max(1, self.min_in_sync)


def replications(admin: KafkaAdminClient, names: Collection[str]) -> dict[str, Replication]:
    """Read the replication of topics, of those that are there and may be described.

    Raises
    ------
    KafkaError
        If the broker does not answer.
    """
    n_replicas = {
        topic["name"]: min(len(partition["replica_nodes"]) for partition in topic["partitions"])
        for topic in admin.describe_topics(list(names))
        if topic["partitions"]
    }
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, [MIN_IN_SYNC]) for name in n_replicas]
    try:
        configs = admin.describe_configs(resources, config_filter="all")["topic"] if resources else {}
    except KafkaError:  # Without the right to read it, Kafka's own default counts.
        configs = {}
    return {
        name: Replication(n, int(configs.get(name, {}).get(MIN_IN_SYNC, {}).get("value") or 1))
        for name, n in n_replicas.items()
    }
