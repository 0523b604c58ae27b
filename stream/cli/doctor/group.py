"""The doctor's findings about workers: the one here, the group, how far it is behind, and the loss of a broker."""

from __future__ import annotations

import urllib.request
from collections.abc import Collection, Iterator
from typing import Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream.cli.doctor.finding import Finding
from stream.errors import BrokerUnreachableError, StreamgaugeError, UnscoredMessagesError
from stream.events.text import format_count
from stream.kafka.group import client_ids
from stream.kafka.group_offsets import committed_offsets, end_offsets, first_offsets
from stream.kafka.topics.replication import Replication, replications
from stream.settings.settings import Settings
from stream.settings.sources import variable

ABOUT = "group"

TIMEOUT_S = 3.0
NEARLY_FULL = 0.9

REPLICAS: Final = "replicas"

GROUP_TOPIC: Final = "__consumer_offsets"
"""Kafka's own, which holds the group's offsets."""


def examine_group(admin: KafkaAdminClient, settings: Settings, n_partitions: int) -> Iterator[Finding]:
    """Return whether workers are in the group, and how many messages wait for them.

    Parameters
    ----------
    n_partitions : int
        Of the metrics topic.
    """
    topic, partitions = settings.metrics_topic, list(range(n_partitions))
    try:
        n_workers = len(client_ids(admin, settings.app_id))
        committed = committed_offsets(admin, settings)
        first, end = (ask(admin, topic, partitions) for ask in (first_offsets, end_offsets))
    except StreamgaugeError as error:
        yield Finding(ABOUT, "fail", str(error), error.exit_code)
        return
    except KafkaError as error:
        text = f"{settings.app_id}: the broker gave no answer about its offsets: {error}; try again"
        yield Finding(ABOUT, "fail", text, BrokerUnreachableError.exit_code)
        return
    lag = sum(max(0, end[each] - max(committed.get(each, 0), first[each])) for each in partitions)
    yield _workers(settings.app_id, n_workers, lag)
    n_expired = sum(max(0, first[each] - offset) for each, offset in committed.items() if each in first)
    if n_expired:
        yield Finding(
            ABOUT,
            "fail",
            f"retention deleted {n_expired:,} messages of {topic} that the group had not read: start more workers, or "
            "keep points longer (retention.ms of the topic)",
            UnscoredMessagesError.exit_code,
        )


def _workers(app_id: str, n_workers: int, lag: int) -> Finding:
    behind = f"{format_count(lag, 'message')} not yet behind a checkpoint"
    if n_workers:
        return Finding(ABOUT, "ok", f"{format_count(n_workers, 'worker')} in {app_id}; {behind}")
    return Finding(ABOUT, "warn", f"no worker is in {app_id}; {behind}: start one with `streamgauge worker`")


def examine_worker(settings: Settings) -> Iterator[Finding]:
    """Report how many series a local worker holds."""
    host = f"[{settings.health_host}]" if ":" in settings.health_host else settings.health_host
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.health_port}/metrics", timeout=TIMEOUT_S) as answer:
            text = answer.read().decode()
    except (OSError, ValueError):
        return
    samples = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    found = {name: float(number) for name, _, number in samples}
    if "streamgauge_series_limit" in found:
        yield _room(*(int(found[f"streamgauge_{name}"]) for name in ("series", "series_limit", "series_waiting")))


def _room(n_series: int, limit: int, n_waiting: int) -> Finding:
    held = f"{n_series:,} of {limit:,} series"
    advice = f"raise {variable('max_keys')}, start another worker, or publish fewer series"
    if n_waiting:
        return Finding("worker", "warn", f"{held}, {n_waiting:,} more wait for room and are not scored: {advice}")
    if n_series >= NEARLY_FULL * limit:
        return Finding("worker", "warn", f"{held}: beyond, new ones are not scored; {advice}")
    return Finding("worker", "ok", held)


def examine_replication(admin: KafkaAdminClient, topics: Collection[str]) -> Finding:
    """Return whether a worker goes on while any one broker is away.

    Parameters
    ----------
    topics : collection of str
        Those of the worker that are there.
    """
    try:
        n_brokers = len(admin.describe_cluster()["brokers"])
        found = replications(admin, [*topics, GROUP_TOPIC])
    except KafkaError as error:
        text = f"the broker gave no answer about the topics' replicas: {error}; try again"
        return Finding(REPLICAS, "fail", text, BrokerUnreachableError.exit_code)
    if n_brokers == 1:
        return Finding(REPLICAS, "ok", "one broker: its loss stops the worker, and loses what was not copied elsewhere")
    weak = {name: each for name, each in found.items() if not each.outlives_a_broker}
    if not weak:
        return Finding(REPLICAS, "ok", f"any one of {n_brokers} brokers may be away: {len(found)} topics go on")
    named = ", ".join(f"{name} ({_spelled(each)})" for name, each in sorted(weak.items()))
    return Finding(
        REPLICAS,
        "warn",
        f"the loss of one of {n_brokers} brokers would stop the worker: {named}; give them 3 replicas and "
        "min.insync.replicas=2 (kafka-reassign-partitions.sh, kafka-configs.sh)",
    )


def _spelled(replication: Replication) -> str:
    return f"{format_count(replication.n_replicas, 'replica')}, min.insync.replicas={replication.min_in_sync}"
