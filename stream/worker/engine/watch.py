"""Monitor of hangs and lag, beside the app."""

from __future__ import annotations

import asyncio

from stream.worker.engine.abort import abort_on_exception
from stream.worker.engine.batch_app import BatchApp
from stream.worker.engine.group import refusal
from stream.worker.engine.reading.consumer import BatchConsumer
from stream.worker.engine.waits import Wait

CHECK_EVERY_S = 0.5


class AppMonitor:
    """Report hangs and lag to the observer.

    Ends the process where the group refuses it, or the client has stopped to care for its membership.

    Parameters
    ----------
    app : BatchApp
        Started or not: a group that is closed to us is met before anything else has begun.
    """

    def __init__(self, app: BatchApp) -> None:
        self._app = app
        self._coordinator: Wait | None = None

    async def run(self) -> None:
        """Look twice a second until the app stops."""
        with abort_on_exception(self._app.abort, "the watch failed"):
            while True:
                await asyncio.sleep(CHECK_EVERY_S)
                if self._app.should_stop:
                    return
                consumer = self._app.started_consumer
                if consumer is not None:
                    await self._look(consumer)

    async def _look(self, consumer: BatchConsumer) -> None:
        self._check_group(consumer)
        self._look_for_coordinator(consumer)
        self._app.observer.on_hang(self._app.waits.hang())
        await self._report_lag(consumer)

    async def _report_lag(self, consumer: BatchConsumer) -> None:
        """Ask for partition ends while something hangs."""
        hangs = self._app.waits.hang() is not None and bool(consumer.starts)
        self._app.observer.on_lag(consumer.lag(await consumer.ends() if hangs else {}))

    def _look_for_coordinator(self, consumer: BatchConsumer) -> None:
        is_lost, waits = consumer.membership().is_without_coordinator(), self._app.waits
        if is_lost and self._coordinator is None:
            self._coordinator = waits.begin("the group coordinator")
        elif not is_lost and self._coordinator is not None:
            waits.end(self._coordinator)
            self._coordinator = None

    def _check_group(self, consumer: BatchConsumer) -> None:
        failure = consumer.membership().failure()
        if failure is not None:
            self._app.abort("the membership of the group failed", error=repr(failure))
        error = consumer.membership().error()
        if error is None:
            return
        if refusal(error, self._app.conf.id) is not None:
            self._app.abort_on_kafka_error("group coordinator refuses", error)
        self._app.observer.on_event("group coordinator refuses", error=repr(error), text="trying again")
