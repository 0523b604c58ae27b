"""The checkpoint: outputs, then state, then positions, each durable before the next one moves."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, NamedTuple

from faust.types import TP

from stream.worker.engine.sending.producer import KeyedRecord
from stream.worker.engine.sending.writer import BatchWriter

if TYPE_CHECKING:
    from stream.worker.engine.app import Engine

RECORDS_AT_ONCE = 5_000
"""State records that are written behind one fence: 20 MB, which must be acknowledged within half a session."""


class FencedError(RuntimeError):
    """The group no longer counts this worker as a member: its partitions belong to another."""


class Done(NamedTuple):
    """What a checkpoint wrote, for logs and metrics."""

    n_records: int
    seconds: float


class Checkpoint:
    """Make the state of one instant durable.

    A crash before the last step replays from the positions of the checkpoint before: records whose source offset the
    state already holds are skipped, the others are applied again with the same result and the same event ids.

    Parameters
    ----------
    engine : Engine
    interval_s : float
        Seconds between checkpoints; what a crash makes a worker do again.

    Attributes
    ----------
    interval_s : float
    progress : dict of TP to int
        Next offset after the last applied record of each source partition.
    written : dict of TP to int
        Offset of our last record in each changelog partition.
    """

    def __init__(self, engine: Engine, interval_s: float) -> None:
        self.progress: dict[TP, int] = {}
        self.written: dict[TP, int] = {}
        self._engine = engine
        self.interval_s = interval_s
        self._lock = asyncio.Lock()
        self._last = time.monotonic()

    def is_due(self) -> bool:
        """Say whether the interval has passed and there is something to make durable."""
        return time.monotonic() - self._last >= self.interval_s and (
            self.progress != self._engine.batches.positions or bool(self._engine.outbox)
        )

    async def run(self) -> None:
        """Run one checkpoint; concurrent callers take turns.

        Any failure ends the process: the restart replays from the last good checkpoint.
        """
        with self._engine.or_give_up("checkpoint failed"):
            async with self._lock:
                with self._engine.waits.on("a checkpoint", is_whole=True):
                    done = await self._run()
            self._engine.on_checkpoint(done)

    async def _run(self) -> Done:
        started = time.monotonic()
        engine = self._engine
        records = engine.processor.snapshot()
        positions = dict(self.progress)
        if records or engine.outbox:
            await engine.outbox.send(engine.sender, engine.scores_topic)
            await engine.outbox.acknowledged(engine.sender)
            await self._write([KeyedRecord(*record) for record in records])
        engine.batches.positions.update(positions)
        self._last = time.monotonic()
        return Done(len(records), self._last - started)

    async def _fence(self) -> None:
        with self._engine.waits.on("the group coordinator"):
            if not await self._engine.batches.still_a_member():
                raise FencedError("the group coordinator has evicted this worker")

    async def _write(self, records: list[KeyedRecord]) -> None:
        """Write the state, every part right behind a fence; a broker's stall is waited out."""
        for start in range(0, len(records), RECORDS_AT_ONCE):
            left = records[start : start + RECORDS_AT_ONCE]
            while left:
                await self._fence()
                left = await self._try(left)

    async def _try(self, records: list[KeyedRecord]) -> list[KeyedRecord]:
        """Write for half a session, and give back what was not acknowledged.

        That is withdrawn: it must not arrive when another worker may own the state already.
        """
        engine = self._engine
        writer = BatchWriter(engine.sender, engine.changelog_topic, compressed=True)
        try:
            async with asyncio.timeout(engine.conf.broker_session_timeout / 2):
                await engine.sender.deliver(await writer.send(records))
        except TimeoutError:
            engine.sender.withdraw(engine.changelog_topic)
        arrived = [delivery for delivery in writer.deliveries if delivery.has_arrived()]
        for each in arrived:
            self.written[each.tp] = max(self.written.get(each.tp, -1), each.last_offset())
        if sum(len(each.records) for each in arrived) == len(records):
            return []
        written = {(record.partition, record.key) for each in arrived for record in each.records}
        return [record for record in records if (record.partition, record.key) not in written]

    def forget(self) -> None:
        """Forget how far the source was read: the group is about to say anew whose it is."""
        self.progress.clear()
        self._engine.batches.positions.clear()
        self._engine.batches.starts.clear()
