"""The origin: state of another topic is refused, and each changelog partition says once what it is of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.errors import StateError
from stream.kafka.topics.identity import IDENTITY_KEY, TopicIdentity
from stream.worker.engine.store import StateRecord
from stream.worker.origin import Origin

SOURCE = TopicIdentity("cluster-a", "metrics", "id-1")


def identity(source: TopicIdentity, partition: int = 0) -> StateRecord:
    return StateRecord(partition, IDENTITY_KEY, source.encode())


def test_a_partition_is_said_to_be_of_the_topic_once_its_messages_are_read() -> None:
    origin = Origin(SOURCE)
    assert origin.snapshot() == []
    origin.reading(3)
    assert origin.snapshot() == [identity(SOURCE, 3)]
    origin.reading(3)
    assert origin.snapshot() == []


def test_a_partition_that_says_so_already_is_not_written_again() -> None:
    origin = Origin(SOURCE)
    origin.restore(identity(SOURCE))
    origin.restored()
    origin.reading(0)
    assert origin.snapshot() == []


@pytest.mark.parametrize(
    "other",
    [
        TopicIdentity("cluster-a", "metrics", "id-2"),
        TopicIdentity("cluster-b", "metrics", "id-1"),
        TopicIdentity("cluster-a", "metrics", ""),
    ],
    ids=["made anew", "another cluster", "no id"],
)
def test_state_of_another_topic_is_refused_with_both_and_the_way_to_go_on(other: TopicIdentity) -> None:
    origin = Origin(SOURCE)
    origin.restore(identity(other))
    with pytest.raises(StateError) as refused:
        origin.restored()
    assert str(other) in str(refused.value)
    assert str(SOURCE) in str(refused.value)
    assert "streamgauge state adopt" in str(refused.value)


def test_state_that_was_adopted_is_taken_whatever_stands_before_that_in_the_changelog() -> None:
    origin = Origin(SOURCE)
    for source in (TopicIdentity("cluster-a", "metrics", "id-0"), SOURCE):
        origin.restore(identity(source))
    origin.restored()


def test_an_identity_record_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(StateError, match="partition 2: its identity record cannot be read"):
        Origin(SOURCE).restore(StateRecord(2, IDENTITY_KEY, b"{}"))


def test_where_a_broker_has_no_topic_ids_the_name_tells_topics_apart() -> None:
    marks = {TopicIdentity("cluster-a", name, "").mark for name in ("metrics", "other", "metrics")}
    assert len(marks) == 2


def test_state_of_the_topic_with_fewer_partitions_is_refused_with_the_way_to_go_on() -> None:
    origin = Origin(replace(SOURCE, n_partitions=6))
    origin.restore(identity(replace(SOURCE, n_partitions=4)))
    with pytest.raises(StateError, match=r"had 4 partitions, it has 6 now.*streamgauge state repartition"):
        origin.restored()


def test_an_identity_without_a_number_of_partitions_is_written_again_with_one() -> None:
    source = replace(SOURCE, n_partitions=4)
    origin = Origin(source)
    origin.restore(identity(SOURCE))
    origin.restored()
    origin.reading(0)
    assert origin.snapshot() == [identity(source)]
