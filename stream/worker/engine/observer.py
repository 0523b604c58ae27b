"""The observer: who is told of a worker's life."""

from __future__ import annotations

from typing import Any, Protocol

from faust.types import TP

from stream.worker.engine.checkpoint import Done
from stream.worker.engine.waits import Hang


class Observer(Protocol):
    """Who is told of the events of a worker's life."""

    def say(self, event: str, **facts: Any) -> None:
        """Note an event, once, with its facts."""

    def checkpointed(self, done: Done) -> None:
        """Note a finished checkpoint."""

    def lagging(self, lag: dict[TP, int]) -> None:
        """Note how many messages of each source partition are not yet behind a checkpoint."""

    def hanging(self, hang: Hang | None) -> None:
        """Note what has not come from Kafka for seconds, again and again, and None when nothing hangs."""

    def expired(self, tp: TP, start: int, end: int) -> None:
        """Note that the messages from offset `start` to before `end` were deleted before we read them."""
