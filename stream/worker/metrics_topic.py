"""The metrics topic at the start of a worker, with the other topics prepared."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import structlog
from kafka import KafkaAdminClient

from stream.errors import StateError
from stream.kafka.connection import with_retries
from stream.kafka.topics import creation, lost_state
from stream.kafka.topics.identity import TopicIdentity, identify
from stream.settings.settings import Settings
from stream.worker.observability.health import Health

log = structlog.get_logger()


class MetricsTopic(NamedTuple):
    """The metrics topic as it was at the start."""

    identity: TopicIdentity
    n_partitions: int


def prepare_topics(settings: Settings, health: Health) -> MetricsTopic:
    """Connect, prepare the topics, inspect the metrics topic.

    Raises
    ------
    StateError
        If what was learned is gone, unless the settings say to start afresh.
    """
    health.waiting_for = "broker"

    def keep_waiting(text: str) -> None:
        health.beat()
        log.warning("waiting for broker", text=text)

    source = with_retries(settings, partial(_look_at_topics, settings=settings), keep_waiting)
    health.waiting_for = "partitions"
    log.info("topics ready", metrics=str(source.identity), n_partitions=source.n_partitions)
    return source


def _look_at_topics(admin: KafkaAdminClient, settings: Settings) -> MetricsTopic:
    n_partitions = creation.ensure(admin, settings)
    lost = lost_state.find(admin, settings)
    if lost is not None and not settings.start_afresh:
        raise StateError(lost)
    if lost is not None:
        log.warning("starting afresh", text=lost)
    return MetricsTopic(identify(admin, settings.metrics_topic), n_partitions)
