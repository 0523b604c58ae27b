"""Feed of the page: reads the topics in a thread, like any subscriber."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Final, Self

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from stream.errors import DataError, StreamgaugeError
from stream.events.episodes import decode_score
from stream.kafka.clients import consumer_options
from stream.kafka.connection import connect
from stream.page.board import Board
from stream.page.vitals import DEAD_LETTERS_OF_MS, VitalsReader
from stream.settings.settings import Settings

POLL_MS: Final = 250
AT_ONCE: Final = 1_000
"""Records of one poll: readers wait for so many at most."""

WRITTEN_EVERY_S: Final = 15.0
PRUNED_EVERY_S: Final = 600.0
VITALS_EVERY_S: Final = 3.0
RETRY_S: Final = 2.0
CLOSED_WITHIN_S: Final = 20.0

FIRST_SCORES_MS: Final = 6 * 3_600_000
"""How far back the first start reads the scores; later ones go on where the last one stopped."""

METADATA_MAX_AGE_MS: Final = 10_000

log = structlog.get_logger()


class Feed:
    """Two threads: one follows the topics, one asks for vitals.

    Connects again whenever the connection is lost. In no consumer group, so it disturbs neither workers nor others.
    """

    def __init__(self, settings: Settings, board: Board) -> None:
        self._settings, self._board = settings, board
        self._is_closed = threading.Event()
        works = {"topics": self._follow_for_ever, "vitals": self._ask_for_ever}
        self._threads = [threading.Thread(target=work, name=name, daemon=True) for name, work in works.items()]

    def __enter__(self) -> Self:
        """Start the threads."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop them; what was read is written."""
        self._is_closed.set()
        for thread in self._threads:
            thread.join(CLOSED_WITHIN_S)

    def _ask_for_ever(self) -> None:
        since_ms = time.time_ns() // 1_000_000 - DEAD_LETTERS_OF_MS
        reader = VitalsReader(self._settings, connect, since_ms)
        while not self._is_closed.is_set():
            self._board.show_vitals(reader.read())
            self._is_closed.wait(VITALS_EVERY_S)
        reader.close()

    def _follow_for_ever(self) -> None:
        while not self._is_closed.is_set():
            try:
                with connect(self._settings):
                    self._board.problem = ""
                with closing(_consumer(self._settings)) as consumer:
                    self._follow(consumer)
            except (StreamgaugeError, KafkaError, OSError, sqlite3.Error) as error:
                self._report(f"{error}" or type(error).__name__)
                self._is_closed.wait(RETRY_S)

    def _report(self, problem: str) -> None:
        """Log why nothing is read, once for each reason; the page shows it."""
        if problem != self._board.problem:
            log.warning("the topics are not read", text=f"{problem}; next try in {RETRY_S:g} s")
        self._board.problem = problem

    def _follow(self, consumer: KafkaConsumer) -> None:
        topics = _Topics(self._settings, consumer, self._board.store.positions)
        written_s, pruned_s = time.monotonic(), float("-inf")
        while not self._is_closed.is_set():
            topics.assign_all()
            fetched = consumer.poll(timeout_ms=POLL_MS, max_records=AT_ONCE)
            for partition, records in fetched.items():
                with self._board.lock:
                    self._add(partition.topic, records)
            if not self._board.has_caught_up:
                self._board.has_caught_up = topics.have_caught_up()
            if time.monotonic() - written_s > WRITTEN_EVERY_S:
                self._board.write(topics.positions())
                written_s = time.monotonic()
            if time.monotonic() - pruned_s > PRUNED_EVERY_S:
                settings = self._settings
                self._board.store.prune(round(settings.page_days * 86_400_000), settings.page_max_mb * 1_000_000)
                pruned_s = time.monotonic()
        self._board.write(topics.positions())

    def _add(self, topic: str, records: Iterable[ConsumerRecord]) -> None:
        board = self._board
        for record in records:
            try:
                if topic == self._settings.scores_topic:
                    board.add_point(decode_score(record.value or b""))
                else:
                    board.add_event(record.value or b"", record.timestamp)
            except DataError:
                board.n_foreign += 1


class _Topics:
    """The partitions that are read, and where each begins."""

    def __init__(self, settings: Settings, consumer: KafkaConsumer, kept: Callable[[str], dict[int, int]]) -> None:
        now_ms = time.time_ns() // 1_000_000
        self._consumer, self._kept = consumer, kept
        self._first_ms = {settings.anomalies_topic: now_ms - round(settings.page_days * 86_400_000)}
        if settings.scores_topic is not None:
            self._first_ms[settings.scores_topic] = now_ms - FIRST_SCORES_MS
        self._partitions: set[TopicPartition] = set()
        self._ends: dict[TopicPartition, int] = {}

    def assign_all(self) -> None:
        """Read the partitions that are new, too."""
        found = {
            TopicPartition(topic, number)
            for topic in self._first_ms
            for number in self._consumer.partitions_for_topic(topic) or ()
        }
        new = found - self._partitions
        if not new:
            return
        self._partitions |= found
        self._consumer.assign(list(self._partitions))
        first, ends = self._consumer.beginning_offsets(list(new)), self._consumer.end_offsets(list(new))
        self._ends |= ends
        times = self._consumer.offsets_for_times({each: self._first_ms[each.topic] for each in new})
        for each in new:
            since = ends[each] if times.get(each) is None else times[each].offset
            kept = self._kept(each.topic).get(each.partition, -1)
            self._consumer.seek(each, kept if first[each] <= kept <= ends[each] else since)

    def have_caught_up(self) -> bool:
        """Check whether all is read that was there at the start."""
        return all(self._consumer.position(each) >= end for each, end in self._ends.items())

    def positions(self) -> list[tuple[str, int, int]]:
        """Return the next offset of each partition."""
        return [(each.topic, each.partition, self._consumer.position(each)) for each in self._partitions]


def _consumer(settings: Settings) -> KafkaConsumer:
    return KafkaConsumer(
        **consumer_options(settings),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
        max_poll_records=AT_ONCE,
    )
