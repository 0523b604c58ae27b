"""Dispatcher: delivers what is due, in lanes that keep the order."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Mapping
from functools import partial
from typing import Final, Protocol

import stamina
import structlog

from stream.notify.alerts.book import AlertBook, DueDelivery
from stream.notify.channels.channel import (
    DeliveryFailedError,
    DeliveryRefusedError,
    Earlier,
    NotificationChannel,
)
from stream.notify.config.file import NotifyConfig
from stream.notify.messages.notification import Notification, make_notification
from stream.notify.messages.text import headline
from stream.worker.notify.metrics import LossReason, NotifyMetrics
from stream.worker.notify.pictures import Pictures

TICK_S: Final = 0.5
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0
FINISH_S: Final = 2.0
"""How long deliveries that are under way may take when partitions are revoked, or at the end."""

AT_ONCE: Final = 4
"""Deliveries to one receiver at the same time."""

Lane = tuple[str, str, str]

log = structlog.get_logger()


class Outlet(Protocol):
    """What the dispatcher writes to."""

    async def persist(self) -> None:
        """Write the changed records of the book, and wait until they are durable."""

    async def put_aside(self, notification: Notification, receiver: str, reason: str, detail: str) -> None:
        """Write a dead letter, and wait until it is durable."""


class Dispatcher:
    """Ticks the book and runs one lane for each delivery.

    A lane is a notification on its way to one receiver: its deliveries go one after the other, and what failed is
    repeated there, with what is true by then.

    Parameters
    ----------
    book : AlertBook
    channels : mapping of str to NotificationChannel
    config : NotifyConfig
    outlet : Outlet
    metrics : NotifyMetrics
    pictures : Pictures or None
    """

    def __init__(
        self,
        book: AlertBook,
        channels: Mapping[str, NotificationChannel],
        config: NotifyConfig,
        outlet: Outlet,
        metrics: NotifyMetrics,
        pictures: Pictures | None,
    ) -> None:
        self._book = book
        self._channels = channels
        self._config = config
        self._outlet = outlet
        self._metrics = metrics
        self._pictures = pictures
        for name in channels:
            metrics.add_receiver(name)
        self._failure: BaseException | None = None
        self._is_active = False
        self._lanes: dict[Lane, asyncio.Task[None]] = {}
        self._sending: set[Lane] = set()
        self._slots = {name: asyncio.Semaphore(AT_ONCE) for name in channels}

    async def run(self) -> None:
        """Deliver what is due, until cancelled; raise what no lane expects."""
        while True:
            await self.turn()
            await asyncio.sleep(TICK_S)

    async def turn(self) -> None:
        """Begin what is due now."""
        if self._failure is not None:
            raise self._failure
        if self._is_active:
            self._book.tick(now_ms())
            await self._outlet.persist()
            self._start_lanes()
        self._metrics.open.set(self._book.n_open())
        self._metrics.waiting.set(len(self._lanes))

    def resume(self) -> None:
        """Begin to deliver."""
        self._is_active = True

    async def pause(self) -> None:
        """Stop: end what is under way, and drop what waits for its next try."""
        self._is_active = False
        under_way = [task for lane, task in self._lanes.items() if lane in self._sending]
        if under_way:
            await asyncio.wait(under_way, timeout=FINISH_S)
        tasks = list(self._lanes.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()

    def _start_lanes(self) -> None:
        if not self._is_active:
            return
        for due in self._book.due(now_ms()):
            if due.lane not in self._lanes:
                task = asyncio.create_task(self._run_lane(due))
                self._lanes[due.lane] = task
                task.add_done_callback(partial(self._end_lane, due.lane))

    def _end_lane(self, lane: Lane, task: asyncio.Task[None]) -> None:
        if self._lanes.get(lane) is task:
            del self._lanes[lane]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = error

    async def _run_lane(self, due: DueDelivery) -> None:
        """Deliver, with back-off, until it is taken or given up."""
        attempts = stamina.retry_context(
            on=_wait_for_retry,
            attempts=None,
            timeout=self._config.retry_for / 1000,
            wait_initial=FIRST_WAIT_S,
            wait_max=LONGEST_WAIT_S,
        )
        try:
            async for attempt in attempts:
                with attempt:
                    async with self._slots[due.receiver]:
                        await self._attempt(due, attempt.num)
        except DeliveryRefusedError as error:
            await self._give_up(due, "refused", str(error))
        except DeliveryFailedError as error:
            await self._give_up(due, "expired", str(error))

    async def _attempt(self, due_before: DueDelivery, number: int) -> None:
        due = self._book.still_due(due_before, now_ms())
        if due is None or not self._is_active:
            return
        self._sending.add(due.lane)
        try:
            await self._send(due)
        except DeliveryFailedError as error:
            self._metrics.failures.labels(due.receiver).inc()
            log.warning("delivery failed", receiver=due.receiver, n_tries=number, text=str(error))
            raise
        finally:
            self._sending.discard(due.lane)

    async def _send(self, due: DueDelivery) -> None:
        channel, delivery = self._channels[due.receiver], self._book.delivery(due)
        pictured = channel.traits.pictures and due.kind == "new" and not due.notification.is_summary
        draw = self._pictures.of(due) if pictured and self._pictures is not None else None
        notification = make_notification(due, self._config.page_url, now_ms(), draw)
        earlier = Earlier(delivery.reference, delivery.tried_at)
        if not delivery.tried_at:  # Durable before it is sent: after a crash the channel can look whether it arrived.
            delivery.tried_at = now_ms()
            due.group.touch(due.notification)
            await self._outlet.persist()
        started_s = time.monotonic()
        reference = await _send_by(channel, notification, earlier)
        self._metrics.seconds.observe(time.monotonic() - started_s)
        self._metrics.sent.labels(due.receiver, due.kind).inc()
        self._book.delivered(due, notification.version, notification.attention, reference, now_ms())
        await self._outlet.persist()
        if due.kind != "refresh":
            log.info("notified", receiver=due.receiver, kind=due.kind, title=headline(notification), id=notification.id)

    async def _give_up(self, due_before: DueDelivery, reason: LossReason, detail: str) -> None:
        due = self._book.still_due(due_before, now_ms()) or due_before
        notification = make_notification(due, self._config.page_url, now_ms())
        if due.kind != "refresh":  # What is sent again in a minute anyway is no loss.
            await self._outlet.put_aside(notification, due.receiver, reason, detail)
            self._metrics.dead_letters.labels(due.receiver, reason).inc()
        log.error("delivery given up", receiver=due.receiver, reason=reason, text=detail, id=notification.id)
        self._book.refused(due, detail, now_ms())
        await self._outlet.persist()


async def _send_by(channel: NotificationChannel, notification: Notification, earlier: Earlier) -> str:
    """Send; a fault of ours is refused like one of the notification, so that others go on."""
    try:
        return await channel.send(notification, earlier)
    except (DeliveryFailedError, DeliveryRefusedError):
        raise
    except Exception as error:
        # Neither its text nor the whole traceback: they may hold an address that is a secret.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{frame.filename}:{frame.lineno}"
        log.error("channel failed", id=notification.id, error=type(error).__name__, place=place)
        raise DeliveryRefusedError(f"the channel failed: {type(error).__name__}") from error


def now_ms() -> int:
    """Return the wall clock in ms."""
    return time.time_ns() // 1_000_000


def _wait_for_retry(error: Exception) -> bool | float:
    """Wait as long as the receiver asks, otherwise longer each time."""
    if not isinstance(error, DeliveryFailedError):
        return False
    return True if error.after_s is None else error.after_s
