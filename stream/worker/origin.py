"""Origin of the state: the topic it was learned from."""

from __future__ import annotations

from stream.errors import StateError
from stream.kafka.topics.identity import IDENTITY_KEY, TopicIdentity
from stream.worker.engine.store import StateRecord


class Origin:
    """Compares the changelog's identity records with the topic.

    Each changelog partition has one, written with its first state record; a worker writes it again only where one of
    an earlier version has no number of partitions. State of another topic is refused: its offsets mean nothing there,
    and would make new messages look like replayed ones. So is state that lies in other partitions than its series.

    Parameters
    ----------
    source : TopicIdentity
        The topic that is read.
    """

    def __init__(self, source: TopicIdentity) -> None:
        self.source = source
        self._found: dict[int, TopicIdentity] = {}
        self._known: set[int] = set()
        self._unwritten: set[int] = set()

    def restore(self, record: StateRecord) -> None:
        """Restore a partition's identity record; the last counts.

        Raises
        ------
        StateError
            If it cannot be read.
        """
        try:
            found = TopicIdentity.decode(bytes(record.value or b""))
        except ValueError as error:
            raise StateError(
                f"changelog partition {record.partition}: its identity record cannot be read ({error}); run "
                "`streamgauge state adopt` to go on with what was learned"
            ) from error
        self._found[record.partition] = found

    def restored(self) -> None:
        """Compare identities once the changelog is read.

        Raises
        ------
        StateError
            If the state of a partition is of another topic, or of the topic as it was divided before.
        """
        for found in self._found.values():
            if found.mark != self.source.mark:
                raise StateError(foreign(found, self.source))
            if found.n_partitions not in (0, self.source.n_partitions):
                raise StateError(repartitioned(found, self.source))
        self._known.update(
            partition for partition, found in self._found.items() if found.n_partitions == self.source.n_partitions
        )
        self._found.clear()

    def reading(self, partition: int) -> None:
        """Note that a partition is read, so its origin is due."""
        if partition not in self._known:
            self._known.add(partition)
            self._unwritten.add(partition)

    def snapshot(self) -> list[StateRecord]:
        """Return the identity records to write."""
        unwritten, self._unwritten = sorted(self._unwritten), set()
        return [StateRecord(partition, IDENTITY_KEY, self.source.encode()) for partition in unwritten]

    def keep_only(self, partitions: set[int]) -> None:
        """Forget what is known of all other partitions."""
        self._found = {partition: found for partition, found in self._found.items() if partition in partitions}
        self._known &= partitions
        self._unwritten &= partitions


def foreign(found: TopicIdentity, source: TopicIdentity) -> str:
    """Describe state of another topic, and the remedy."""
    return (
        f"the state in the changelog was learned from {found}, but the worker reads {source}: its offsets mean nothing "
        "there, and messages would be skipped as replayed. If the topic was made anew, moved or replaced, stop all "
        "workers and run `streamgauge state adopt` with the same settings: it keeps what was learned and forgets the "
        "offsets; otherwise correct the topic, or choose another app_id to start afresh beside the old state"
    )


def repartitioned(found: TopicIdentity, source: TopicIdentity) -> str:
    """Describe state of a topic that was divided otherwise, and the remedy."""
    return (
        f"the state in the changelog was learned when topic {source.topic} had {found.n_partitions} partitions, it has "
        f"{source.n_partitions} now: series lie in other partitions than their state. Stop all workers and run "
        "`streamgauge state repartition` with the same settings: it moves what was learned; if it was interrupted, it "
        "goes on"
    )
