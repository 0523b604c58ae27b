"""Vitals of the system: workers, lag, points and dead letters."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from stream.errors import StreamgaugeError
from stream.kafka.follower import Follower
from stream.kafka.group import client_ids
from stream.kafka.group_offsets import committed_offsets, end_offsets
from stream.kafka.topics.offset_range import Moment
from stream.settings.settings import Settings

DEAD_LETTERS_OF_MS: Final = 24 * 3_600_000
"""How far before its start the page counts dead letters."""

ADVICE: Final = "streamgauge dlq list"


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """What was found at a moment; None where it could not be asked."""

    at_ms: int
    n_workers: int | None = None
    lag: int | None = None
    """Members of the workers' group, and messages that they have not read."""
    n_messages: int | None = None
    """Messages ever published to the metrics topic."""
    last_ms: int | None = None
    """When the newest of them was published."""
    n_dead_letters: int | None = None
    """Since the moment that was asked for."""
    problem: str = ""
    """Why the broker does not answer; empty if it does."""


class VitalsReader:
    """Asks the broker; keeps its connections between two times.

    Parameters
    ----------
    connect : callable
        Connects an administrator; called again after an error.
    dead_letters_since : Moment
        Those published since then are counted, by offsets: nothing of them is read.
    """

    def __init__(
        self, settings: Settings, connect: Callable[[Settings], KafkaAdminClient], dead_letters_since: Moment
    ) -> None:
        self._settings, self._connect, self._since = settings, connect, dead_letters_since
        self._admin: KafkaAdminClient | None = None
        self._dead_letters: Follower | None = None

    def read(self) -> Vitals:
        """Ask for everything."""
        now_ms = time.time_ns() // 1_000_000
        try:
            return self._read(now_ms)
        except (StreamgaugeError, KafkaError, OSError) as error:
            self.close()
            return Vitals(at_ms=now_ms, problem=f"{error}" or type(error).__name__)

    def close(self) -> None:
        """Close the connections."""
        for client in filter(None, (self._admin, self._dead_letters)):
            with suppress(KafkaError, OSError):
                client.close()
        self._admin = self._dead_letters = None

    def _read(self, now_ms: int) -> Vitals:
        if self._admin is None:
            self._admin = self._connect(self._settings)
        admin, settings = self._admin, self._settings
        n_dead_letters = self._count_dead_letters(admin)
        topic = admin.describe_topics([settings.metrics_topic])[0]
        partitions = [each["partition_index"] for each in topic["partitions"]]
        n_workers = self._count_workers(admin)
        if topic["error_code"] or not partitions:
            return Vitals(at_ms=now_ms, n_workers=n_workers, n_dead_letters=n_dead_letters)
        ends = end_offsets(admin, settings.metrics_topic, partitions)
        return Vitals(
            at_ms=now_ms,
            n_workers=n_workers,
            lag=self._lag(admin, ends),
            n_messages=sum(ends.values()),
            last_ms=self._last_published(admin, partitions),
            n_dead_letters=n_dead_letters,
        )

    def _count_workers(self, admin: KafkaAdminClient) -> int | None:
        with suppress(StreamgaugeError, KafkaError):
            return len(client_ids(admin, self._settings.app_id))
        return None

    def _lag(self, admin: KafkaAdminClient, ends: dict[int, int]) -> int | None:
        with suppress(StreamgaugeError, KafkaError):
            committed = committed_offsets(admin, self._settings)
            if committed:
                return sum(max(0, ends[each] - at) for each, at in committed.items() if each in ends)
        return None

    def _last_published(self, admin: KafkaAdminClient, partitions: list[int]) -> int | None:
        places = {TopicPartition(self._settings.metrics_topic, each): OffsetSpec.MAX_TIMESTAMP for each in partitions}
        with suppress(KafkaError):
            found = [at.timestamp for at in admin.list_partition_offsets(places).values()]
            return max((each for each in found if each > 0), default=None)
        return None

    def _count_dead_letters(self, admin: KafkaAdminClient) -> int | None:
        """Count; None without the right to describe the topic."""
        settings = self._settings
        with suppress(KafkaError):
            if self._dead_letters is None:
                if admin.describe_topics([settings.dead_letters])[0]["error_code"]:
                    return 0
                self._dead_letters = Follower(settings, settings.dead_letters, self._since)
            return self._dead_letters.n_ahead()
        return None
