"""A changelog in memory, which a writer appends to."""

from __future__ import annotations

from dataclasses import dataclass, field

from stream.changelog.topic import ChangelogWriter


@dataclass
class Record:
    """A record of the changelog, as kafka-python gives it."""

    key: bytes
    value: bytes | None
    offset: int
    partition: int = 0


@dataclass
class Acknowledged:
    """A future of a record that has been acknowledged."""

    def get(self, timeout: float) -> None:
        assert timeout > 0


@dataclass
class Changelog:
    """A changelog in memory, to which a writer appends."""

    records: list[Record] = field(default_factory=list)
    n_taken: int = 1_000

    def append(self, key: bytes, value: bytes | None, partition: int = 0) -> None:
        self.records.append(Record(key, value, len(self.records), partition))

    def send(self, topic: str, key: bytes, value: bytes | None, partition: int) -> Acknowledged:
        if self.n_taken == 0:
            raise ConnectionError("the broker is gone")
        self.n_taken -= 1
        self.append(key, value, partition)
        return Acknowledged()

    def writer(self) -> ChangelogWriter:
        """Return a writer to it."""
        return ChangelogWriter(self, "changelog")
