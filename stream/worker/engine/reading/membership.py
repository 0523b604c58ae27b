"""Membership in the consumer group, as aiokafka's coordinator knows it."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from contextlib import suppress
from typing import Any

from aiokafka.errors import KafkaError


class Membership:
    """What aiokafka's coordinator knows of our membership.

    Parameters
    ----------
    coordinator : GroupCoordinator or None
        None before joining.
    loop : AbstractEventLoop
        Of the client's thread.
    """

    def __init__(self, coordinator: Any, loop: AbstractEventLoop) -> None:
        self._coordinator, self._loop = coordinator, loop

    def generation(self) -> int:
        """Return the group generation; negative when evicted."""
        return int(self._coordinator.generation)

    def is_without_coordinator(self) -> bool:
        """Check whether a joined group lost its coordinator."""
        coordinator = self._coordinator
        return coordinator is not None and coordinator.generation > 0 and coordinator.coordinator_id is None

    def error(self) -> KafkaError | None:
        """Return the coordinator's pending error, and clear it."""
        if self._coordinator is None:
            return None
        error: KafkaError | None = self._coordinator._pending_exception
        if error is not None:
            self._loop.call_soon_threadsafe(self._clear_error)
        return error

    def failure(self) -> BaseException | None:
        """Return what ended aiokafka's membership task.

        It goes on after a KafkaError; anything else ends it for good, and nothing else of the client notices.
        """
        task = getattr(self._coordinator, "_coordination_task", None)
        return task.exception() if task is not None and task.done() and not task.cancelled() else None

    def _clear_error(self) -> None:
        with suppress(KafkaError):
            self._coordinator.check_errors()
