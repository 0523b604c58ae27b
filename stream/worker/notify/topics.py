"""Topics of the notifier, and where its group begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog
from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import GroupIdNotFoundError, NoError
from kafka.structs import OffsetAndMetadata

from stream.kafka.group import ask
from stream.kafka.group_offsets import end_offsets
from stream.kafka.topics import creation
from stream.kafka.topics.plan import TopicPlan
from stream.settings.settings import Settings

ROUTED_MS: Final = 7 * 86_400_000
"""How long a routed event is kept: as long as notifiers may be down."""

DEAD_MS: Final = 30 * 86_400_000
TABLE: Final = "incidents"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NotifyTopics:
    """Names of the notifier's group and topics."""

    group: str
    routed: str
    changelog: str
    dead_letters: str

    @classmethod
    def of(cls, settings: Settings) -> NotifyTopics:
        """Name them after the application id."""
        group = f"{settings.app_id}-notify"
        return cls(group, f"{group}-routed", f"{group}-{TABLE}-changelog", f"{group}.dlq")

    def plan(self, settings: Settings) -> list[TopicPlan]:
        """Return the topics as they should be."""
        n, replication = settings.partitions, settings.replication_factor
        compacted = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.2", "segment.ms": "3600000"}
        return [
            TopicPlan(self.routed, n, replication, {"cleanup.policy": "delete", "retention.ms": f"{ROUTED_MS}"}),
            TopicPlan(self.changelog, n, replication, compacted),
            TopicPlan(self.dead_letters, 1, replication, {"cleanup.policy": "delete", "retention.ms": f"{DEAD_MS}"}),
        ]


def prepare(admin: KafkaAdminClient, settings: Settings) -> int:
    """Create the topics that are missing; begin a new group.

    Returns
    -------
    int
        Partitions of the topic of routed events.

    Raises
    ------
    TopicError
        If a topic is missing and may not be created.
    BrokerUnreachableError
        If the broker does not answer.
    """
    topics = NotifyTopics.of(settings)
    creation.ensure(admin, settings)
    creation.ensure_planned(admin, topics.plan(settings), settings)
    n_partitions = _count(admin, topics.routed)
    _begin_with_the_newest(admin, settings.anomalies_topic, topics.group)
    return n_partitions


def _count(admin: KafkaAdminClient, topic: str) -> int:
    return len(admin.describe_topics([topic])[0]["partitions"])


def _begin_with_the_newest(admin: KafkaAdminClient, topic: str, group: str) -> None:
    """Let a group that has read nothing begin at the end.

    The anomalies of months ago would otherwise be notified with the first start.
    """
    places = [TopicPartition(topic, number) for number in range(_count(admin, topic))]
    try:
        committed = ask(lambda: admin.list_group_offsets({group: places}), group)[group]
    except GroupIdNotFoundError:
        committed = {}
    if any(at.offset >= 0 for at in committed.values()):
        return
    ends = end_offsets(admin, topic, [place.partition for place in places])
    offsets = {place: OffsetAndMetadata(ends[place.partition], "", -1) for place in places}
    outcomes = ask(lambda: admin.alter_group_offsets(group, offsets), group)
    if all(error is NoError for error in outcomes.values()):  # Otherwise another notifier was faster.
        log.info("first start", text="notifying of what is published from now on")
