"""What the engine asks of the state it keeps safe, and the Faust table through which the state comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import faust
from faust.tables import TableManager
from faust.types import TP

from stream.errors import StateError
from stream.worker.engine.abort import GiveUp
from stream.worker.engine.sending.producer import KeyedRecord


class StateRecord(KeyedRecord):
    """The packed state of one key, as the changelog holds it; `value` is None when the key was forgotten."""

    __slots__ = ()


class Store(Protocol):
    """State in process memory, by partition and key."""

    def restore(self, records: list[StateRecord]) -> None:
        """Take in records of a changelog partition; one with a smaller source offset than what is there never wins."""

    def restored(self) -> None:
        """Note that the changelog of all partitions has been read to its end."""

    def snapshot(self) -> list[StateRecord]:
        """Pack every record that changed since the last snapshot, all at this instant."""

    def keep_only(self, partitions: set[int]) -> None:
        """Drop the state of all other partitions: they belong to someone else now."""


class Tables(TableManager):
    """The table manager of an app that has declared all its tables before it starts."""

    async def on_start(self) -> None:
        """Begin at once: Faust first waits a second for tables that are still to be declared."""
        if not self.should_stop:
            await self._update_channels()
            await self.recovery.start()


class StateTable(faust.Table[bytes, bytes]):
    """A Faust table whose changelog is replayed in batches into our store (8 us a record instead of 80).

    Parameters
    ----------
    *args, **options
        What Faust gives every table.
    state : Store
    give_up : GiveUp
    """

    def __init__(self, *args: Any, state: Store, give_up: GiveUp, **options: Any) -> None:
        super().__init__(*args, **options)
        self._state, self._give_up = state, give_up

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Give the fetched batches to the store; a record that cannot be read ends the worker."""
        with self._end_on_unusable_state():
            for event in batch:
                partition = event.message.partition
                self._state.restore(
                    [StateRecord(partition, record.key, record.value) for record in event.value.records]
                )

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Tell the store that it has everything, before the first message is read."""
        with self._end_on_unusable_state():
            self._state.restored()
        await super().on_recovery_completed(active_tps, standby_tps)

    @contextmanager
    def _end_on_unusable_state(self) -> Iterator[None]:
        try:
            yield
        except StateError as error:
            self._give_up(str(error), exit_code=error.exit_code)
