"""Store interface of the engine, and its Faust table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, cast

import faust
from faust.tables import TableManager
from faust.types import TP

from stream.errors import StateError
from stream.worker.engine.abort import GiveUp, abort_on_exception
from stream.worker.engine.recovery import BoundedRecovery
from stream.worker.engine.sending.producer import KeyedRecord


class StateRecord(KeyedRecord):
    """Packed state of a key; `value` None is a tombstone."""

    __slots__ = ()


class ChangelogRecord(Protocol):
    """A record of the changelog as it was fetched, or is to be written."""

    @property
    def key(self) -> bytes:
        """The series, or what else the record is about."""

    @property
    def value(self) -> bytes | memoryview | None:
        """Packed state; None for a tombstone."""


class RuleChange(NamedTuple):
    """A change of rules, to be made once its records are durable.

    Attributes
    ----------
    records : list of StateRecord
    adopt : callable
        Puts the rules into force.
    """

    records: list[StateRecord]
    adopt: Callable[[], None]


class Store(Protocol):
    """State in process memory, by partition and key."""

    def restore(self, partition: int, records: Sequence[ChangelogRecord]) -> None:
        """Restore a partition's changelog records; the larger source offset wins."""

    def restored(self) -> None:
        """Note that recovery is complete."""

    def snapshot(self) -> Sequence[StateRecord]:
        """Pack all records changed since the last snapshot."""

    def is_rule_change_due(self, partition: int) -> bool:
        """Check whether other rules are wanted than are in force."""

    def is_rule_set_known(self, partition: int) -> bool:
        """Check whether the changelog says which rules were in force."""

    def rule_change(self, offsets: Mapping[int, int]) -> RuleChange:
        """Prepare the rules that hold from these offsets on."""

    def keep_only(self, partitions: set[int]) -> None:
        """Drop the state of all other partitions."""


class Tables(TableManager):
    """Table manager that starts without waiting."""

    @property
    def recovery(self) -> BoundedRecovery:
        """Return the service that resumes reading after each rebalance."""
        if self._recovery is None:
            self._recovery = BoundedRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return cast(BoundedRecovery, self._recovery)

    async def on_start(self) -> None:
        """Start at once; all tables are declared."""
        if not self.should_stop:
            await self._update_channels()
            await self.recovery.start()


class StateTable(faust.Table[bytes, bytes]):
    """Faust table replayed a record batch at a time.

    Parameters
    ----------
    *args, **options
        What Faust gives every table.
    state : PointStore
    give_up : GiveUp
    """

    def __init__(self, *args: Any, state: Store, give_up: GiveUp, **options: Any) -> None:
        super().__init__(*args, **options)
        self._state, self._give_up = state, give_up

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Restore fetched batches; any failure ends the worker, as Faust would go on without their state."""
        with self._end_on_failure():
            for event in batch:
                for records in event.value.groups:
                    self._state.restore(event.message.partition, records)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Notify the store that recovery is complete."""
        with self._end_on_failure():
            self._state.restored()
        await super().on_recovery_completed(active_tps, standby_tps)

    @contextmanager
    def _end_on_failure(self) -> Iterator[None]:
        with abort_on_exception(self._give_up, "recovery failed"):
            try:
                yield
            except StateError as error:
                self._give_up(str(error), exit_code=error.exit_code)
