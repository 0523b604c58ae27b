"""The doctor's findings about the group: whether a worker is in it, how far it is behind, what was never read."""

from __future__ import annotations

from collections.abc import Iterator

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream.cli.doctor.finding import Finding
from stream.errors import BrokerUnreachableError, StreamgaugeError, UnscoredMessagesError
from stream.kafka.group import client_ids
from stream.kafka.group_offsets import committed_offsets, end_offsets, first_offsets
from stream.settings.settings import Settings

ABOUT = "group"


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
    behind = f"{lag:,} {'message' if lag == 1 else 'messages'} not yet behind a checkpoint"
    if n_workers:
        return Finding(ABOUT, "ok", f"{n_workers} {'worker' if n_workers == 1 else 'workers'} in {app_id}; {behind}")
    return Finding(ABOUT, "warn", f"no worker is in {app_id}; {behind}: start one with `streamgauge worker`")
