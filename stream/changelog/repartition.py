"""Repartition: the state of each series moves to the partition in which the series arrives now.

Each step can be repeated. Before the first move every changelog partition says by how many partitions its series were
divided, so that a worker refuses to start until the last step, which writes the new number. A record is first written
to its new partition and acknowledged; then it is removed from the old one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from kafka.consumer.fetcher import ConsumerRecord

from stream.changelog.division import Division
from stream.changelog.inventory import Place, StateInventory, StoredKey
from stream.changelog.layouts.layout import StateLayout
from stream.changelog.topic import ChangelogWriter
from stream.formats.state.envelope import seal
from stream.formats.state.rules import RULES_KEY, open_rules, seal_rules
from stream.kafka.topics.identity import IDENTITY_KEY, TopicIdentity

NOT_READ = -1
"""Source offset and partition of a key of whose partition nothing has been applied."""


class Move(NamedTuple):
    """A move of one record.

    Attributes
    ----------
    at : int
        Its offset in the changelog partition.
    target : int
        Partition that it moves to.
    is_written : bool
        False where the new partition has it already, from an interrupted run, or has newer state of the key.
    source : tuple of (int, int)
        Partition and offset of the last message that has been applied in the new partition.
    """

    at: int
    target: int
    is_written: bool
    source: tuple[int, int]


@dataclass(frozen=True)
class RepartitionPlan:
    """What has to move.

    Attributes
    ----------
    division : Division
    moves : dict of Place to Move
    n_staying : int
        Keys whose partition is the same.
    n_misplaced : int
        Those of them that Kafka's default partitioner would not have put there.
    """

    division: Division
    moves: dict[Place, Move]
    n_staying: int
    n_misplaced: int

    @classmethod
    def of(cls, inventory: StateInventory, division: Division) -> RepartitionPlan:
        """Plan the moves of all keys."""
        moves: dict[Place, Move] = {}
        n_misplaced = 0
        for (partition, key), stored in inventory.keys.items():
            target = division.target(partition, key)
            if target != partition:
                moves[partition, key] = _move(stored, target, inventory.keys.get((target, key)))
            n_misplaced += division.is_misplaced(partition, key)
        return cls(division, moves, len(inventory.keys) - len(moves), n_misplaced)


def _move(stored: StoredKey, target: int, other: StoredKey | None) -> Move:
    """Plan the move of a key, of which the new partition may hold some state: the newer one counts."""
    if other is None:
        return Move(stored.at, target, is_written=True, source=(NOT_READ, NOT_READ))
    return Move(stored.at, target, is_written=other.age < stored.age, source=(target, max(other.order, NOT_READ)))


class Repartition:
    """Carries out a plan, step by step in the order of the methods.

    Parameters
    ----------
    plan : RepartitionPlan
    layout : StateLayout
    source : TopicIdentity
        Of the metrics topic, with its present number of partitions.
    writer : ChangelogWriter
    """

    def __init__(
        self, plan: RepartitionPlan, layout: StateLayout, source: TopicIdentity, writer: ChangelogWriter
    ) -> None:
        self._plan, self._layout, self._source, self._writer = plan, layout, source, writer

    def label(self, n_partitions: int, partitions: Iterable[int]) -> None:
        """Write by how many partitions the series are divided."""
        identity = TopicIdentity(self._source.cluster_id, self._source.topic, self._source.topic_id, n_partitions)
        for partition in partitions:
            self._writer.write(partition, IDENTITY_KEY, identity.encode())
        self._writer.flush()

    def write_rules(self, inventory: StateInventory) -> None:
        """Write the rules in force to the partitions that have none."""
        held = {place[0]: value for place, value in inventory.partition_records.items() if place[1] == RULES_KEY}
        if not held:
            return
        _, _, body = open_rules(held[min(held)])
        for partition in set(range(self._plan.division.after)) - set(held):
            self._writer.write(partition, RULES_KEY, seal_rules(self._source.mark, 0, body))
        self._writer.flush()

    def move(self, records: Iterable[ConsumerRecord]) -> None:
        """Move those of the records that the plan names."""
        moved = [record for record in records if self._is_due(record)]
        for record in moved:
            move = self._plan.moves[record.partition, record.key]
            if move.is_written:
                self._writer.write(move.target, record.key, self._value(record, move))
        self._writer.flush()
        for record in moved:
            self._writer.write(record.partition, record.key, None)
        self._writer.flush()

    def _is_due(self, record: ConsumerRecord) -> bool:
        move = self._plan.moves.get((record.partition, record.key))
        return move is not None and move.at == record.offset

    def _value(self, record: ConsumerRecord, move: Move) -> bytes:
        slots = self._layout.slots(record.value).copy()
        slots["partition"][0], slots["offset"][0] = move.source
        return seal(record.key, slots.tobytes(), self._source.mark)
