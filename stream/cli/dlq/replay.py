"""The replay: dead letters back onto their topic as they were received, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kafka import KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError
from kafka.producer.future import FutureRecordMetadata

from stream.cli.dlq.inventory import Inventory, Letter, Once, mark, read_letter
from stream.errors import BrokerUnreachableError, StreamgaugeError, TopicError
from stream.events.refusal import REPLAYED, received_headers
from stream.kafka.topics.offset_range import TopicRange

ACKNOWLEDGED_WITHIN_S = 30.0

Skipped = Literal["replayed", "cut", "other_topic"]
"""Why a dead letter is not published: it has been, it is not whole, or it was read from another topic."""


@dataclass(slots=True)
class ReplayOutcome:
    """What became of the dead letters that were asked for."""

    replayed: Counter[str] = field(default_factory=Counter)
    """Published again, or to be, by reason."""
    skipped: Counter[Skipped] = field(default_factory=Counter)
    n_failed: int = 0
    """Those that the broker did not take."""
    error: KafkaError | None = None
    """Why: that of the first, unless a later one means that the broker is gone."""

    def fail(self, error: KafkaError) -> None:
        """Note that the broker did not take one."""
        self.n_failed += 1
        if self.error is None or error.retriable:
            self.error = error

    @property
    def is_over(self) -> bool:
        """Return whether there is no use in going on: the broker is gone, which one message that it refuses is not."""
        return self.error is not None and bool(self.error.retriable)

    def raise_failure(self, topic: str) -> None:
        """Raise a StreamgaugeError where the broker did not take everything."""
        if self.error is None:
            return
        kind: type[StreamgaugeError] = BrokerUnreachableError if self.error.retriable else TopicError
        raise kind(
            f"topic {topic}: {self.replayed.total():,} messages were published again, {self.n_failed:,} were not "
            f"taken: {self.error}; the same command tries only those again that were not"
        ) from self.error


class Replay:
    """Choose dead letters, and publish them again.

    Parameters
    ----------
    inventory : Inventory
        Of the whole range: says which are asked for and which were published before.
    topic : str
        Those that were read from it are published to it; messages of other topics are left alone.
    producer : KafkaProducer or None
        Without one nothing is published: they are only counted.
    """

    def __init__(self, inventory: Inventory, topic: str, producer: KafkaProducer | None) -> None:
        self._inventory, self._topic, self._producer = inventory, topic, producer
        self._once = Once()
        self.outcome = ReplayOutcome()

    def run(self, messages: TopicRange, report: Callable[[float], None]) -> ReplayOutcome:
        """Replay the range batch by batch, reporting progress from 0 to 1."""
        for records, n_left in messages.batches():
            letters = [letter for record in records if (letter := self._choose(record)) is not None]
            sent = letters if self._producer is None else self._publish(self._producer, letters)
            self.outcome.replayed.update(letter.refusal.reason for letter in sent)
            if self.outcome.is_over:
                break
            report(1 - n_left / messages.size)
        return self.outcome

    def _choose(self, record: ConsumerRecord) -> Letter | None:
        letter = read_letter(record)
        if letter is None or not self._inventory.chosen.holds(letter) or not self._once.is_first(letter.refusal):
            return None
        skipped = self._skipped(letter)
        if skipped is not None:
            self.outcome.skipped[skipped] += 1
            return None
        return letter

    def _skipped(self, letter: Letter) -> Skipped | None:
        if self._inventory.was_replayed(letter):
            return "replayed"
        if letter.refusal.place.topic != self._topic:
            return "other_topic"
        return "cut" if letter.refusal.cut else None

    def _publish(self, producer: KafkaProducer, letters: Sequence[Letter]) -> list[Letter]:
        """Publish, wait, and mark what the broker has taken."""
        sent = [(letter, future) for letter in letters if (future := self._send(producer, letter)) is not None]
        taken = [letter for letter, future in sent if self._arrives(future)]
        self._mark(producer, taken)
        return taken

    def _arrives(self, future: FutureRecordMetadata) -> bool:
        try:
            future.get(timeout=ACKNOWLEDGED_WITHIN_S)
        except KafkaError as error:
            self.outcome.fail(error)
            return False
        return True

    def _send(self, producer: KafkaProducer, letter: Letter) -> FutureRecordMetadata | None:
        record, refusal = letter.record, letter.refusal
        before = [(name, value) for name, value in received_headers(record.headers) if name != REPLAYED]
        try:
            return producer.send(
                self._topic,
                key=record.key,
                value=record.value,
                headers=[*before, (REPLAYED, str(letter.place).encode())],
                timestamp_ms=refusal.timestamp_ms,
            )
        except KafkaError as error:
            self.outcome.fail(error)
            return None

    def _mark(self, producer: KafkaProducer, taken: Sequence[Letter]) -> None:
        """Note on the dead-letter topic which were published again."""
        offsets: dict[int, list[int]] = {}
        for letter in taken:
            offsets.setdefault(letter.record.partition, []).append(letter.record.offset)
        headers = [(REPLAYED, self._topic.encode())]
        try:
            for partition, each in offsets.items():
                topic = taken[0].record.topic
                future = producer.send(topic, value=mark(each), partition=partition, headers=headers)
                future.get(timeout=ACKNOWLEDGED_WITHIN_S)
        except KafkaError as error:
            self.outcome.fail(error)
