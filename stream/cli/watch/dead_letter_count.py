"""The count of messages that could not be read, for the footer of `streamgauge watch`."""

from __future__ import annotations

import time
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream.events.text import format_time
from stream.kafka.follower import Follower
from stream.kafka.topics.offset_range import Moment
from stream.settings.settings import Settings

LOOK_EVERY_S: Final = 5.0
LOOK_BACK_MS: Final = 3_600_000
"""How far before its start a watch looks that shows new events only: what went wrong did so before."""


class DeadLetterCount:
    """Count what is dead-lettered while watching, by offsets: nothing of it is read.

    Without a dead-letter topic, or without the right to describe it, there is no count.

    Parameters
    ----------
    admin : KafkaAdminClient
    settings : Settings
    start : SeasonalDeviation
        Of the watch.
    """

    def __init__(self, admin: KafkaAdminClient, settings: Settings, start: Moment) -> None:
        now_ms = time.time_ns() // 1_000_000
        self._since: Moment = now_ms - LOOK_BACK_MS if start == "latest" else start
        self._follower: Follower | None = None
        with suppress(KafkaError):
            if not admin.describe_topics([settings.dead_letters])[0]["error_code"]:
                self._follower = Follower(settings, settings.dead_letters, self._since)
        self._n = 0
        self._looked_s = -LOOK_EVERY_S

    def __enter__(self) -> Self:
        """Return the count itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        if self._follower is not None:
            self._follower.__exit__(kind, error, trace)

    def text(self) -> str:
        """Write how many there are, nothing if there is none; the broker is asked every few seconds."""
        if self._follower is not None and time.monotonic() - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = time.monotonic()
            with suppress(KafkaError):
                self._n = self._follower.n_ahead()
        if not self._n:
            return ""
        since = "" if isinstance(self._since, str) else f" since {format_time(self._since)} UTC"
        return f"{self._n:,} {'message' if self._n == 1 else 'messages'} dead-lettered{since}: streamgauge dlq list"
