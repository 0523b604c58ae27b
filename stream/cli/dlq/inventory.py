"""Inventory of the dead-letter topic: by reason, and what was replayed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kafka.consumer.fetcher import ConsumerRecord

from stream.events.refusal import REPLAYED, Place, Refusal
from stream.formats.limits import LATEST_MS
from stream.formats.refused import advise


class Letter(NamedTuple):
    """A dead letter as it lies on its topic."""

    refusal: Refusal
    record: ConsumerRecord

    @property
    def place(self) -> Place:
        """Where the dead letter itself is."""
        return Place(self.record.topic, self.record.partition, self.record.offset)

    def advice(self) -> str:
        """Return what it looks like and what to do about it."""
        looks_like, advice = advise(self.refusal.reason, self.record.value)
        return advice if looks_like is None else f"looks like {looks_like}: {advice}"


def read_letter(record: ConsumerRecord) -> Letter | None:
    """Return a record as a dead letter; None if it is none."""
    refusal = Refusal.read(record.headers)
    if refusal is None or not 0 <= record.timestamp <= LATEST_MS:
        return None
    return Letter(refusal, record)


class Chosen(NamedTuple):
    """Which dead letters are asked for."""

    reasons: tuple[str, ...] = ()
    """All if there is none."""
    before_ms: int | None = None
    """Put aside before that time."""

    def holds(self, letter: Letter) -> bool:
        """Return whether a dead letter is one of them."""
        is_early = self.before_ms is None or letter.record.timestamp < self.before_ms
        return is_early and (not self.reasons or letter.refusal.reason in self.reasons)


@dataclass(slots=True)
class Group:
    """The dead letters of one reason."""

    example: Letter
    """The newest."""
    n: int = 0
    n_replayed: int = 0
    """All of them, and those that were published again."""
    first_ms: int = 0
    last_ms: int = 0
    """When the first and the last was dead-lettered."""
    formats: Counter[str] = field(default_factory=Counter)
    """How many look like which format of another sender."""

    def add(self, letter: Letter) -> None:
        """Count one."""
        at_ms = letter.record.timestamp
        self.first_ms = min(self.first_ms, at_ms) if self.n else at_ms
        if at_ms >= self.last_ms:
            self.example, self.last_ms = letter, at_ms
        self.n += 1
        looks_like, _ = advise(letter.refusal.reason, letter.record.value)
        if looks_like is not None:
            self.formats[looks_like] += 1


class Once:
    """Identify a message, since a worker that is killed dead-letters some again."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], set[tuple[int, int | None]]] = {}

    def is_first(self, refusal: Refusal) -> bool:
        """Return whether this message is seen for the first time; its time tells topics apart that were made anew."""
        topic, partition, offset = refusal.place
        seen, one = self._seen.setdefault((topic, partition), set()), (offset, refusal.timestamp_ms)
        if one in seen:
            return False
        seen.add(one)
        return True


@dataclass(slots=True)
class Inventory:
    """What the dead-letter topic holds."""

    chosen: Chosen
    groups: dict[str, Group] = field(default_factory=dict)
    """By reason."""
    n_repeats: int = 0
    """Dead letters of a message that has another one."""
    n_foreign: int = 0
    """Records that are neither dead letters nor marks of ours."""
    _once: Once = field(default_factory=Once)
    _replayed: dict[int, set[int]] = field(default_factory=dict)
    _counted: dict[int, dict[int, str]] = field(default_factory=dict)

    def add(self, records: Sequence[ConsumerRecord]) -> None:
        """Take in records, in the order of each partition."""
        for record in records:
            letter = read_letter(record)
            if letter is not None:
                self._count(letter)
            elif (offsets := replayed_offsets(record)) is not None:
                self._mark(record.partition, offsets)
            else:
                self.n_foreign += 1

    def _count(self, letter: Letter) -> None:
        if not self.chosen.holds(letter):
            return
        if not self._once.is_first(letter.refusal):
            self.n_repeats += 1
            return
        reason, record = letter.refusal.reason, letter.record
        self.groups.setdefault(reason, Group(letter)).add(letter)
        self._counted.setdefault(record.partition, {})[record.offset] = reason

    def _mark(self, partition: int, offsets: list[int]) -> None:
        replayed, counted = self._replayed.setdefault(partition, set()), self._counted.get(partition, {})
        for offset in offsets:
            if offset in counted and offset not in replayed:
                self.groups[counted[offset]].n_replayed += 1
            replayed.add(offset)

    def was_replayed(self, letter: Letter) -> bool:
        """Return whether a dead letter has been published again."""
        return letter.record.offset in self._replayed.get(letter.record.partition, ())

    @property
    def n(self) -> int:
        """Count the messages."""
        return sum(group.n for group in self.groups.values())

    @property
    def n_replayed(self) -> int:
        """Count those that were published again."""
        return sum(group.n_replayed for group in self.groups.values())

    def by_size(self) -> Iterator[tuple[str, Group]]:
        """Return reasons and their dead letters, the most frequent first."""
        yield from sorted(self.groups.items(), key=lambda item: (-item[1].n, item[0]))


def replayed_offsets(record: ConsumerRecord) -> list[int] | None:
    """Return the offsets of the dead letters that a mark lists; None for a record that is none."""
    if REPLAYED not in dict(record.headers):
        return None
    try:
        offsets = json.loads(record.value or b"")["replayed"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return offsets if isinstance(offsets, list) and all(isinstance(offset, int) for offset in offsets) else None


def mark(offsets: Sequence[int]) -> bytes:
    """Write the value of the mark that lists dead letters of its partition."""
    return json.dumps({"replayed": list(offsets)}).encode()
