"""Faust app of the notifier: routes events, and keeps incidents.

Events are read from the anomalies topic and sent on to the topic of routed events, keyed by their group, so that one
notifier has all of a group. There they are applied to the table of incidents. An event is acknowledged when what
follows from it is durable; a repeat of it changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any

import faust
import mode
import structlog
from faust.types import TP

from stream.errors import RESTART_EXIT_CODE, DataError
from stream.events.anomalies import AnyEvent, decode_event
from stream.kafka.partitioner import partition_of
from stream.notify.alerts.book import AlertBook
from stream.notify.alerts.records import RecordKey
from stream.notify.alerts.routing import decode_routed, encode_routed, route_event
from stream.notify.channels.channel import NotificationChannel
from stream.notify.config.file import NotifyConfig
from stream.notify.messages.notification import Notification
from stream.notify.messages.text import encode_body
from stream.worker.engine.reading.source import SourceTransport
from stream.worker.notify.dispatcher import Dispatcher, now_ms
from stream.worker.notify.metrics import NotifyMetrics
from stream.worker.notify.pictures import Pictures
from stream.worker.notify.topics import TABLE, NotifyTopics
from stream.worker.observability.health import Health

HEARTBEAT_S = 1.0

STOP_TIMEOUT_S = 4.0
"""Time for an orderly end; 5 s are promised for the process."""

FAUST = logging.getLogger("faust.notify")
"""Faust writes its own life's story in the name of a subclass's module; under this name it is kept back."""

log = structlog.get_logger()


class IncidentTable(faust.Table[bytes, bytes]):
    """Table of incidents, which reports its recovery.

    Parameters
    ----------
    *args, **options
        What Faust gives every table.
    on_recovered : callable
        Called with the partitions that are ours.
    """

    logger = FAUST

    def __init__(self, *args: Any, on_recovered: Callable[[set[int]], None], **options: Any) -> None:
        super().__init__(*args, **options)
        self._on_recovered = on_recovered

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Report the partitions whose records are complete."""
        await super().on_recovery_completed(active_tps, standby_tps)
        self._on_recovered({tp.partition for tp in active_tps if tp.topic == self.changelog_topic_name})


class NotifierApp(faust.App):
    """Routes events, applies them, and delivers notifications.

    Parameters
    ----------
    topics : NotifyTopics
    anomalies_topic : str
    n_partitions : int
        Of the topic of routed events, and of the table.
    config : NotifyConfig
    book : AlertBook
    channels : mapping of str to NotificationChannel
    metrics : NotifyMetrics
    health : Health
    pictures : Pictures or None
    **options
        Faust settings.
    """

    logger = FAUST

    def __init__(
        self,
        topics: NotifyTopics,
        *,
        anomalies_topic: str,
        n_partitions: int,
        config: NotifyConfig,
        book: AlertBook,
        channels: Mapping[str, NotificationChannel],
        metrics: NotifyMetrics,
        health: Health,
        pictures: Pictures | None,
        **options: Any,
    ) -> None:
        super().__init__(
            topics.group,
            store="memory://",
            table_standby_replicas=0,
            topic_disable_leader=True,
            topic_partitions=n_partitions,
            stream_wait_empty=False,
            agent_supervisor=mode.CrashingSupervisor,
            web_enabled=False,
            Table=IncidentTable,
            **options,
        )
        self._config = config
        self._book = book
        self._channels = channels
        self._metrics = metrics
        self._health = health
        self._n_partitions = n_partitions
        self._partitions: set[int] = set()
        self._recovered = asyncio.Event()
        self._dispatcher = Dispatcher(book, channels, config, self, metrics, pictures)
        self._routed = self._raw_topic(topics.routed)
        self._dead_letters = self._raw_topic(topics.dead_letters)
        self._incidents = self.Table(
            TABLE, key_type=bytes, value_type=bytes, partitions=n_partitions, on_recovered=self._on_recovered
        )
        self.agent(self._raw_topic(anomalies_topic), name="route")(self.route)
        self.agent(self._routed, name="collect")(self.collect)
        self.task(self._dispatcher.run)
        self.task(self._beat)
        self.on_partitions_revoked.connect(self._on_revoked)
        self.on_rebalance_complete.connect(self._hold_flow)

    async def route(self, stream: Any) -> None:
        """Send events on to the groups that they belong to."""
        async for event in stream.events():
            self._metrics.events.inc()
            decoded = self._decode(event.message)
            if decoded is None:
                continue
            for routed in route_event(decoded, event.value, self._config):
                key = routed.group.encode()
                partition = partition_of(key, self._n_partitions)
                await (await self._routed.send(key=key, value=encode_routed(routed), partition=partition))

    async def collect(self, stream: Any) -> None:
        """Apply routed events to the table of incidents."""
        async for event in stream.events():
            await self._recovered.wait()  # An event that a rebalance has overtaken is applied after it, if at all.
            if event.message.partition not in self._partitions:
                continue
            try:
                self._book.apply(decode_routed(event.value or b""), now_ms())
            except DataError as error:
                self._skip(event.message, error)
            await self.persist()

    async def persist(self) -> None:
        """Write the changed records of the book, and wait until they are durable."""
        sent, data = [], self._incidents.data
        for key, value in self._book.take_changes().items():
            partition, name = partition_of(RecordKey.parse(key).group.encode(), self._n_partitions), key.encode()
            sent.append(self._incidents.send_changelog(partition, name, value, value_serializer="raw"))
            if value is None:
                data.pop(name, None)
            else:
                data[name] = value
        await asyncio.gather(*sent)

    async def put_aside(self, notification: Notification, receiver: str, reason: str, detail: str) -> None:
        """Write a dead letter, and wait until it is durable."""
        headers = {"streamgauge.receiver": receiver, "streamgauge.reason": reason, "streamgauge.detail": detail}
        sent = await self._dead_letters.send(
            key=notification.id.encode(),
            value=encode_body(notification, self._config.page_url),
            headers=[(name, text.encode()) for name, text in headers.items()],
        )
        await sent

    async def on_stop(self) -> None:
        """End deliveries that are under way, then leave.

        A broker that does not answer would keep us for a minute; what is durable is enough to go on from.
        """
        asyncio.get_running_loop().call_later(STOP_TIMEOUT_S, self._leave)
        await self._dispatcher.pause()
        await super().on_stop()
        for channel in self._channels.values():
            await channel.close()

    def _leave(self) -> None:
        log.error("giving up", why="the end takes too long", exit_code=RESTART_EXIT_CODE)
        os._exit(RESTART_EXIT_CODE)

    def _new_transport(self) -> SourceTransport:
        return SourceTransport(self.conf.broker_consumer, self)

    def _raw_topic(self, name: str) -> Any:
        return self.topic(name, key_serializer="raw", value_serializer="raw", allow_empty=True)

    def _decode(self, message: Any) -> AnyEvent | None:
        try:
            return decode_event(message.value or b"")
        except DataError as error:
            self._skip(message, error)
            return None

    def _skip(self, message: Any, error: DataError) -> None:
        self._metrics.foreign.inc()
        place = {"topic": message.topic, "partition": message.partition, "offset": message.offset}
        log.warning("record skipped", text=str(error), **place)

    def _on_recovered(self, partitions: set[int]) -> None:
        """Take over the incidents of our partitions; drop what others have now."""
        records = {name.decode(): value for name, value in self._incidents.data.items()}
        ours = {key: value for key, value in records.items() if self._partition(key) in partitions}
        for key in records.keys() - ours.keys():
            self._incidents.data.pop(key.encode(), None)
        self._book.restore(ours.items())
        log.info("notifying", n_partitions=len(partitions), n_open=self._book.n_open())
        self._partitions = partitions
        self._health.waiting_for = None
        self._recovered.set()
        self._dispatcher.resume()

    async def _on_revoked(self, *_sender: object, **_options: object) -> None:
        self._health.waiting_for = "partitions"
        self._recovered.clear()
        await self._dispatcher.pause()

    async def _hold_flow(self, *_sender: object, **_options: object) -> None:
        """Fetch nothing until Faust has sought the committed offsets; it resumes the flow itself after that.

        It resumes the partitions first. What is fetched in between is acknowledged without being processed, since the
        streams stand still, and dropped as known when it is fetched again.
        """
        self.consumer.stop_flow()

    def _partition(self, key: str) -> int:
        return partition_of(RecordKey.parse(key).group.encode(), self._n_partitions)

    async def _beat(self) -> None:
        while not self.should_stop:
            self._health.beat()
            await asyncio.sleep(HEARTBEAT_S)

    def _create_directories(self) -> None:
        """Create no directories: tables are in memory."""
