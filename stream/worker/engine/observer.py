"""Observer of an app's events."""

from __future__ import annotations

from typing import Any, Protocol

from faust.types import TP

from stream.worker.engine.checkpoint import CheckpointResult
from stream.worker.engine.waits import Hang


class Observer(Protocol):
    """Interface for events of an app."""

    def on_event(self, event: str, **facts: Any) -> None:
        """Note an event, once, with its facts."""

    def on_lag(self, lag: dict[TP, int]) -> None:
        """Note each source partition's lag in messages."""

    def on_hang(self, hang: Hang | None) -> None:
        """Note what Kafka does not answer; None when resolved."""

    def on_expired(self, tp: TP, start: int, end: int) -> None:
        """Note messages deleted unread, `end` excluded."""


class EngineObserver(Observer, Protocol):
    """Interface for events of a worker."""

    def on_checkpoint(self, done: CheckpointResult) -> None:
        """Note a finished checkpoint."""
