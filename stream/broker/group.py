"""The consumer group of an application: its members, and how far it has read the metrics topic."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupIdNotFoundError,
    NoError,
    NotCoordinatorError,
)

from stream.broker.settings import Settings
from stream.errors import BrokerUnreachableError, StateError

Answer = TypeVar("Answer")

PATIENCE_S = 15.0
PAUSE_S = 0.3


class _OwnWords(logging.Filter):
    """Leaves out that kafka-python cannot read what Faust's members tell each other: we ask for their names only."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Unable to decode member_metadata")


logging.getLogger("kafka.admin._groups").addFilter(_OwnWords())


def client_ids(admin: KafkaAdminClient, group: str) -> list[str]:
    """Name the clients of the group's members; none where there is no such group.

    Raises
    ------
    BrokerUnreachableError
        If the broker has no coordinator for the group; so for each function that asks about one.
    """
    try:
        description = _ask(lambda: admin.describe_groups([group]), group)[group]
    except GroupIdNotFoundError:
        return []
    return [str(member["client_id"]) for member in description["members"]]


def committed_offsets(admin: KafkaAdminClient, settings: Settings) -> dict[int, int]:
    """Give the committed offset of each partition of the metrics topic, which must be there, that has one."""
    name, group = settings.metrics_topic, settings.app_id
    partitions = admin.describe_topics([name])[0]["partitions"]
    places = [TopicPartition(name, partition["partition_index"]) for partition in partitions]
    try:
        committed = _ask(lambda: admin.list_group_offsets({group: places}), group)[group]
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
    outcomes = _ask(lambda: admin.delete_group_offsets(settings.app_id, places), settings.app_id)
    for place, error in outcomes.items():
        if error is not NoError:
            raise StateError(
                f"group {settings.app_id}: the broker keeps the committed offset of {place.topic}, partition "
                f"{place.partition}: {error.__name__}; stop all workers of this app id, then try again"
            )


def first_offsets(admin: KafkaAdminClient, topic: str, partitions: list[int]) -> dict[int, int]:
    """Give the offset of the first record that each partition still has."""
    return _offsets(admin, topic, partitions, OffsetSpec.EARLIEST)


def end_offsets(admin: KafkaAdminClient, topic: str, partitions: list[int]) -> dict[int, int]:
    """Give the offset of the next record of each partition."""
    return _offsets(admin, topic, partitions, OffsetSpec.LATEST)


def _offsets(admin: KafkaAdminClient, topic: str, partitions: list[int], spec: OffsetSpec) -> dict[int, int]:
    places = {TopicPartition(topic, partition): spec for partition in partitions}
    return {place.partition: at.offset for place, at in admin.list_partition_offsets(places).items()}


def _ask(question: Callable[[], Answer], group: str) -> Answer:
    """Ask again while the broker is still looking for the group's coordinator, as it does after its own start."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return question()
        except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError) as error:
            if time.monotonic() > deadline:
                raise BrokerUnreachableError(
                    f"the broker has no coordinator for group {group} ({type(error).__name__}): it may be starting; "
                    "look into its log, then try again"
                ) from error
        time.sleep(PAUSE_S)
