"""Checkpoint: outputs, then state, then positions."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from faust.types import TP

from stream.worker.engine.abort import GiveUp, abort_on_exception
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.sending.producer import KeyedRecord, Producer
from stream.worker.engine.sending.writer import BatchWriter
from stream.worker.engine.store import Store
from stream.worker.engine.waits import Waits

RECORDS_AT_ONCE = 5_000
"""State records that are written behind one fence: 20 MB, which must be acknowledged within half a session."""

LONGEST_BESIDE_S = 1.0
"""So long points are scored beside a checkpoint. Then it is waited for: Kafka does not follow, or the machine."""


class FencedError(RuntimeError):
    """The group has evicted this worker."""


class CheckpointResult(NamedTuple):
    """What a checkpoint wrote, for logs and metrics."""

    n_records: int
    seconds: float


class Member(Protocol):
    """The consumer as a member of its group.

    Attributes
    ----------
    positions : dict of TP to int
        Next offset to commit of each source partition.
    starts : dict of TP to int
        Offset from which each is read.
    replayed_to : dict of TP to int
        Offset up to which the messages may have been applied before, by a worker that crashed.
    """

    positions: dict[TP, int]
    starts: dict[TP, int]
    replayed_to: dict[TP, int]

    async def still_a_member(self) -> bool:
        """Ask the group coordinator whether we may still commit."""


class Topics(NamedTuple):
    """Where a checkpoint writes."""

    changelog: str
    scores: str | None


class Checkpoint:
    """Make the state of one instant durable.

    What is written is copied in one turn of the event loop, together with the positions that belong to it. Points are
    scored and events sent while it is written; they are part of the next checkpoint. One that takes long is waited for.

    A crash before the last step replays from the positions of the checkpoint before: records whose source offset the
    state already holds are skipped, the others are applied again with the same result and the same event ids.

    Parameters
    ----------
    interval_s : float
        Seconds between checkpoints; what a crash makes a worker do again.
    write_timeout_s : float
        How long state may wait for its acknowledgement behind a fence: less than the group's session.
    progress : dict of TP to int
        Next offset after the last applied record of each source partition; the app writes it.
    store : PointStore
    outbox : Outbox
    member : Member
    producer : callable
        Gives the producer, once it has been started.
    topics : Topics
    waits : Waits
    give_up : GiveUp

    Attributes
    ----------
    interval_s : float
    progress : dict of TP to int
    written : dict of TP to int
        Offset of our last record in each changelog partition.
    """

    def __init__(
        self,
        interval_s: float,
        write_timeout_s: float,
        *,
        progress: dict[TP, int],
        store: Store,
        outbox: Outbox,
        member: Member,
        producer: Callable[[], Producer],
        topics: Topics,
        waits: Waits,
        give_up: GiveUp,
    ) -> None:
        self.progress = progress
        self.written: dict[TP, int] = {}
        self.interval_s = interval_s
        self._write_timeout_s = write_timeout_s
        self._store, self._outbox, self._member = store, outbox, member
        self._producer, self._topics = producer, topics
        self._waits, self._give_up = waits, give_up
        self._lock = asyncio.Lock()
        self._started_s = -math.inf

    def is_needed(self) -> bool:
        """Check whether anything has happened since the last checkpoint."""
        return self.progress != self._member.positions or bool(self._outbox)

    async def keep_pace(self) -> None:
        """Yield to a running checkpoint; wait for a slow one."""
        await asyncio.sleep(0)
        if self._lock.locked() and time.monotonic() - self._started_s > LONGEST_BESIDE_S:
            async with self._lock:
                pass

    async def run(self) -> CheckpointResult:
        """Run one checkpoint; concurrent callers take turns.

        Any failure ends the process: the restart replays from the last good checkpoint.
        """
        with abort_on_exception(self._give_up, "checkpoint failed"):
            async with self._lock:
                with self._waits.on("a checkpoint", is_whole=True):
                    return await self._run()

    async def change_rules(self, are_partitions_ours: Callable[[], bool]) -> CheckpointResult | None:
        """Run a checkpoint, then put changed rules into force.

        Nothing may be applied in the meantime. The fence commits the positions of that checkpoint before the records of
        the change are written: no replay begins before the place from which they tell that the rules hold.

        Parameters
        ----------
        are_partitions_ours : callable
            Asked when no other checkpoint is in progress. A drain may have been the last one: the next owner of a
            partition may have read the changelog by now, and would not learn of what is written after it.

        Returns
        -------
        CheckpointResult or None
            None if nothing was changed.
        """
        with abort_on_exception(self._give_up, "change of rules failed"):
            async with self._lock:
                if not are_partitions_ours():
                    return None
                with self._waits.on("a change of rules", is_whole=True):
                    done = await self._run()
                    change = self._store.rule_change(self._new_from())
                    await self._write(change.records)
                    change.adopt()
                    return done

    def may_change_rules(self, tp: TP, offset: int) -> bool:
        """Check whether other rules may hold from an offset on.

        A message that may have been applied before is applied under the same rules again, if those are known.
        """
        return offset >= self._member.replayed_to.get(tp, 0) or not self._store.is_rule_set_known(tp.partition)

    def _new_from(self) -> dict[int, int]:
        """Return the next offset of each partition whose rules may change."""
        reached = {tp: self.progress.get(tp, start) for tp, start in self._member.starts.items()}
        return {tp.partition: offset for tp, offset in reached.items() if self.may_change_rules(tp, offset)}

    async def _run(self) -> CheckpointResult:
        self._started_s = time.monotonic()
        records, positions = self._store.snapshot(), dict(self.progress)
        if records or self._outbox:
            await self._outbox.send(self._producer(), self._topics.scores)
            await self._outbox.acknowledged(self._producer())
            await self._write(records)
        self._member.positions.update(positions)
        return CheckpointResult(len(records), time.monotonic() - self._started_s)

    async def _fence(self) -> None:
        with self._waits.on("the group coordinator"):
            if not await self._member.still_a_member():
                raise FencedError("the group coordinator has evicted this worker")

    async def _write(self, records: Sequence[KeyedRecord]) -> None:
        """Write the state in fenced parts, waiting out stalls."""
        for start in range(0, len(records), RECORDS_AT_ONCE):
            left = records[start : start + RECORDS_AT_ONCE]
            while left:
                await self._fence()
                left = await self._try(left)

    async def _try(self, records: Sequence[KeyedRecord]) -> Sequence[KeyedRecord]:
        """Write for half a session; return what was not acknowledged.

        That is withdrawn: it must not arrive when another worker may own the state already.
        """
        producer, changelog = self._producer(), self._topics.changelog
        writer = BatchWriter(producer, changelog, compressed=True)
        try:
            async with asyncio.timeout(self._write_timeout_s):
                await producer.deliver(await writer.send(records))
        except TimeoutError:
            producer.withdraw(changelog)
        arrived = [delivery for delivery in writer.deliveries if delivery.has_arrived()]
        for each in arrived:
            self.written[each.tp] = max(self.written.get(each.tp, -1), each.last_offset())
        if sum(len(each.records) for each in arrived) == len(records):
            return []
        written = {(record.partition, record.key) for each in arrived for record in each.records}
        return [record for record in records if (record.partition, record.key) not in written]
