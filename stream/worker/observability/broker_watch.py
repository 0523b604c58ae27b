"""Monitor of broker changes while a worker runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream.errors import StateError, StreamgaugeError, TopicError
from stream.kafka import group
from stream.kafka.connection import connect
from stream.kafka.topics import creation
from stream.kafka.topics.identity import TopicIdentity, identify
from stream.settings.settings import Settings
from stream.worker.announcement import Announcement
from stream.worker.origin import foreign

CHECK_EVERY_S = 10.0

log = structlog.get_logger()


class BrokerWatch:
    """Checks metrics topic and group, in its own thread.

    The topic may be deleted and made anew, it may be given more partitions, and the group may have members that run
    with other settings: each reads on as if nothing had happened.

    Parameters
    ----------
    settings : Settings
    source : TopicIdentity
        The topic that the worker reads.
    n_partitions : int
        Partitions that it had at the start.
    announcement : Announcement
        What this worker tells the others of its settings.
    end : callable
        Told why the worker must not go on, from the watch's thread.
    """

    def __init__(
        self,
        settings: Settings,
        source: TopicIdentity,
        n_partitions: int,
        announcement: Announcement,
        end: Callable[[StreamgaugeError], None],
    ) -> None:
        self._settings, self._source, self._n_partitions = settings, source, n_partitions
        self._announcement, self._end = announcement, end
        self._reported: set[str] = set()

    def start(self) -> None:
        """Begin to look; the thread ends with the process."""
        threading.Thread(target=self._run, name="broker watch", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                with connect(self._settings) as admin:
                    while True:
                        self.check(admin)
                        time.sleep(CHECK_EVERY_S)
            except (StreamgaugeError, KafkaError, OSError) as error:
                # The client that reads has its own word on a broker that is away.
                log.debug("watch interrupted", error=repr(error))
            time.sleep(CHECK_EVERY_S)

    def check(self, admin: KafkaAdminClient) -> None:
        """Compare once."""
        topic = self._settings.metrics_topic
        counts = creation.count_partitions(admin, self._settings)
        if topic not in counts:
            self._report("metrics topic is gone", topic=topic)
            return
        found = identify(admin, topic)
        if found.mark != self._source.mark:
            self._end(StateError(foreign(self._source, found)))
        if counts[topic] != self._n_partitions:
            self._end(TopicError(self._repartitioned(admin, counts[topic])))
        for client_id in group.client_ids(admin, self._settings.app_id):
            difference = self._announcement.difference(client_id)
            if difference:
                self._report("workers differ", text=difference)

    def _repartitioned(self, admin: KafkaAdminClient, n_partitions: int) -> str:
        """Describe what a worker starting now would report."""
        misfits = [finding.text for finding in creation.check(admin, self._settings) if finding.level == "fail"]
        return "\n".join(misfits) or (
            f"topic {self._source.topic} has {n_partitions} partitions, it had {self._n_partitions} when this worker "
            "started: a series may lie in another one from now on, without what was learned of it. Stop all workers "
            "and run `streamgauge state repartition`"
        )

    def _report(self, event: str, **facts: str) -> None:
        """Report an event once."""
        if str(facts) not in self._reported:
            self._reported.add(str(facts))
            log.warning(event, **facts)
