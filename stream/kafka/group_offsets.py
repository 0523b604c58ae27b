"""Committed, first and end offsets of partitions."""

from __future__ import annotations

from collections.abc import Mapping

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import BrokerResponseError, GroupIdNotFoundError, NoError
from kafka.structs import OffsetAndMetadata

from stream.errors import StateError
from stream.kafka.group import ask
from stream.settings.settings import Settings


def committed_offsets(admin: KafkaAdminClient, settings: Settings) -> dict[int, int]:
    """Return the committed offsets of the metrics topic."""
    name, group = settings.metrics_topic, settings.app_id
    partitions = admin.describe_topics([name])[0]["partitions"]
    places = [TopicPartition(name, partition["partition_index"]) for partition in partitions]
    try:
        committed = ask(lambda: admin.list_group_offsets({group: places}), group)[group]
    except GroupIdNotFoundError:
        return {}
    return {place.partition: at.offset for place, at in committed.items() if at.offset >= 0}


def forget_committed_offsets(admin: KafkaAdminClient, settings: Settings) -> None:
    """Delete the committed offsets of the metrics topic.

    Raises
    ------
    StateError
        If the broker keeps one: a worker of the group is still there.
    """
    places = [TopicPartition(settings.metrics_topic, partition) for partition in committed_offsets(admin, settings)]
    if not places:
        return
    outcomes = ask(lambda: admin.delete_group_offsets(settings.app_id, places), settings.app_id)
    _require_done(outcomes, settings, "keeps the committed offset")


def commit_offsets(admin: KafkaAdminClient, settings: Settings, offsets: Mapping[int, int]) -> None:
    """Commit offsets of the metrics topic for a group without members.

    Raises
    ------
    StateError
        If the broker refuses one: a worker of the group is still there.
    """
    places = {
        TopicPartition(settings.metrics_topic, each): OffsetAndMetadata(at, "", -1) for each, at in offsets.items()
    }
    outcomes = ask(lambda: admin.alter_group_offsets(settings.app_id, places), settings.app_id)
    _require_done(outcomes, settings, "does not take an offset")


def _require_done(outcomes: Mapping[TopicPartition, type[BrokerResponseError]], settings: Settings, what: str) -> None:
    for place, error in outcomes.items():
        if error is not NoError:
            raise StateError(
                f"group {settings.app_id}: the broker {what} of {place.topic}, partition {place.partition}: "
                f"{error.__name__}; stop all workers of this app id, then try again"
            )


def first_offsets(admin: KafkaAdminClient, topic: str, partitions: list[int]) -> dict[int, int]:
    """Return each partition's first available offset."""
    return _offsets(admin, topic, partitions, OffsetSpec.EARLIEST)


def end_offsets(admin: KafkaAdminClient, topic: str, partitions: list[int]) -> dict[int, int]:
    """Return each partition's next offset."""
    return _offsets(admin, topic, partitions, OffsetSpec.LATEST)


def _offsets(admin: KafkaAdminClient, topic: str, partitions: list[int], spec: OffsetSpec) -> dict[int, int]:
    places = {TopicPartition(topic, partition): spec for partition in partitions}
    return {place.partition: at.offset for place, at in admin.list_partition_offsets(places).items()}
