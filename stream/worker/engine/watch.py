"""The watch: looks at the engine from beside it, so that what hangs is told, and how far behind it is meanwhile."""

from __future__ import annotations

import asyncio

from stream.worker.engine.abort import give_up_on_kafka, or_give_up
from stream.worker.engine.app import Engine
from stream.worker.engine.group import refusal
from stream.worker.engine.reading.consumer import BatchConsumer
from stream.worker.engine.waits import Wait

LOOK_EVERY_S = 0.5


class Watch:
    """Tell the observer what hangs and how far behind the checkpoints are; end where the group does not take us.

    Parameters
    ----------
    engine : Engine
        Started or not: a group that is closed to us is met before anything else has begun.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._coordinator: Wait | None = None

    async def run(self) -> None:
        """Look twice a second until the engine stops."""
        with or_give_up(self._engine.give_up, "the watch failed"):
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                if self._engine.should_stop:
                    return
                consumer = self._engine.started_consumer
                if consumer is not None:
                    await self._look(consumer)

    async def _look(self, consumer: BatchConsumer) -> None:
        self._check_group(consumer)
        self._look_for_coordinator(consumer)
        self._engine.observer.hanging(self._engine.waits.hang())
        await self._report_lag(consumer)

    async def _report_lag(self, consumer: BatchConsumer) -> None:
        """Ask for the ends of the partitions while something hangs: no fetch brings them then."""
        hangs = self._engine.waits.hang() is not None and bool(consumer.starts)
        self._engine.observer.lagging(consumer.lag(await consumer.ends() if hangs else {}))

    def _look_for_coordinator(self, consumer: BatchConsumer) -> None:
        is_lost, waits = consumer.is_without_coordinator(), self._engine.waits
        if is_lost and self._coordinator is None:
            self._coordinator = waits.begin("the group coordinator")
        elif not is_lost and self._coordinator is not None:
            waits.end(self._coordinator)
            self._coordinator = None

    def _check_group(self, consumer: BatchConsumer) -> None:
        error = consumer.group_error()
        if error is None:
            return
        group = self._engine.conf.id
        if refusal(error, group) is not None:
            give_up_on_kafka(self._engine.give_up, group, "group coordinator refuses", error)
        self._engine.observer.say("group coordinator refuses", error=repr(error), text="trying again")
