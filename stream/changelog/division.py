"""Division of a topic's series among its partitions, before and after more were added."""

from __future__ import annotations

from typing import NamedTuple

from stream.formats.state.key import SEPARATOR
from stream.kafka.partitioner import partition_of


class Division(NamedTuple):
    """Numbers of partitions.

    Attributes
    ----------
    before, after : int
    """

    before: int
    after: int

    def target(self, partition: int, key: bytes) -> int:
        """Return the partition in which a series arrives now, given where it arrived before.

        A series that Kafka's default partitioner would not have put there stays: its sender chooses otherwise.
        """
        series = key.partition(SEPARATOR)[0]
        return partition_of(series, self.after) if partition_of(series, self.before) == partition else partition

    def is_misplaced(self, partition: int, key: bytes) -> bool:
        """Check whether the default partitioner chose this partition neither before nor now."""
        series = key.partition(SEPARATOR)[0]
        return partition not in (partition_of(series, self.before), partition_of(series, self.after))
