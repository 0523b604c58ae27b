"""The formats that were found, in a compacted topic: they hold for all processes, and after a restart."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Final

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError

from stream.errors import BrokerUnreachableError
from stream.formats.limits import to_iso
from stream.ingest.formats import FORMATS
from stream.kafka.clients import producer_options
from stream.kafka.follower import Follower
from stream.kafka.topics.creation import ensure_planned
from stream.kafka.topics.plan import TopicPlan, plan
from stream.settings.settings import Settings

SEND_TIMEOUT_S: Final = 30.0


class FormatRecords:
    """One record a source topic: the first that was written counts, until it is reset.

    Processes that find the format of a new topic at the same time may find different ones. Each writes what it found,
    then reads back, and takes the first record. As compaction would keep the last one, whoever reads a later record
    that differs writes the first again.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def create(self, admin: KafkaAdminClient) -> None:
        """Create the topic of the records, if it is not there.

        Raises
        ------
        TopicError
            If it is missing and may not be created.
        """
        replicas = self._settings.replication_factor
        topic = TopicPlan(formats_topic(self._settings), 1, replicas, {"cleanup.policy": "compact"})
        ensure_planned(admin, [topic], self._settings)

    def read(self) -> dict[str, str]:
        """Return the format of each topic that has a record."""
        first: dict[str, str] = {}
        last: dict[str, str] = {}
        for topic, found in self._all():
            if found is None:
                first.pop(topic, None)
                last.pop(topic, None)
            else:
                first.setdefault(topic, found)
                last[topic] = found
        self._write({topic: found for topic, found in first.items() if last[topic] != found})
        return first

    def agree(self, topic: str, found: str) -> str:
        """Return the format that counts for a topic, where this process found one."""
        known = self.read()
        if topic not in known:
            self._write({topic: found})
            known = self.read()
        return known[topic]

    def reset(self, topic: str) -> bool:
        """Forget the format of a topic; return whether there was a record."""
        is_known = topic in self.read()
        if is_known:
            self._write({topic: None})
        return is_known

    def _all(self) -> list[tuple[str, str | None]]:
        """Return topic and format of each record; None for a reset. What this version does not know is passed over."""
        try:
            with Follower(self._settings, formats_topic(self._settings), "beginning") as follower:
                pairs = [(record.key, record.value) for record in follower.catch_up()]
        except KafkaError as error:
            raise _unreachable(self._settings, error) from error
        decoded = [(key.decode(errors="replace"), _format_in(value)) for key, value in pairs if key is not None]
        return [(topic, found) for topic, found in decoded if found is None or found in FORMATS]

    def _write(self, formats: Mapping[str, str | None]) -> None:
        if not formats:
            return
        found_at = to_iso(round(1000 * time.time()))
        try:
            with KafkaProducer(**producer_options(self._settings)) as producer:
                for topic, found in formats.items():
                    value = None if found is None else json.dumps({"format": found, "found_at": found_at}).encode()
                    sent = producer.send(formats_topic(self._settings), key=topic.encode(), value=value)
                    sent.get(SEND_TIMEOUT_S)
        except KafkaError as error:
            raise _unreachable(self._settings, error) from error


def formats_topic(settings: Settings) -> str:
    """Return the name of the topic of the records."""
    return f"{settings.app_id}-ingest-formats"


def own_topics(settings: Settings) -> list[str]:
    """Return the topics that streamgauge writes, which are never read as others'."""
    return [*(topic.name for topic in plan(settings)), formats_topic(settings)]


def _format_in(value: bytes | None) -> str | None:
    """Return the format that a record names; an empty text for one that names none."""
    if value is None:
        return None
    try:
        found = json.loads(value)["format"]
    except (ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) else ""


def _unreachable(settings: Settings, error: KafkaError) -> BrokerUnreachableError:
    return BrokerUnreachableError(f"topic {formats_topic(settings)} cannot be read or written: {error!r}")
