"""Stored state as a command finds it: no worker runs, and the whole changelog is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from kafka import KafkaAdminClient

from stream.changelog.inventory import StateInventory
from stream.changelog.layouts.known import KnownLayouts
from stream.changelog.topic import read_batches
from stream.cli.echo import echo, progress
from stream.detectors import build_detector, chosen_bundle
from stream.kafka import group
from stream.kafka.connection import open_connection
from stream.kafka.topics import creation
from stream.settings.settings import Settings


def known_layouts(settings: Settings) -> KnownLayouts:
    """Return the layouts of state records for the workers' model."""
    detector = build_detector(chosen_bundle(settings.model))
    return KnownLayouts.of(detector.state, detector.n_slots)


@contextmanager
def without_workers(settings: Settings) -> Iterator[KafkaAdminClient]:
    """Connect, wait until no worker is in the group, and require the topics.

    Raises
    ------
    WorkerRunningError, TopicError, BrokerUnreachableError
    """
    with open_connection(settings, partial(echo, err=True)) as admin:
        group.wait_until_idle(admin, settings)
        for name in (settings.metrics_topic, settings.changelog_topic):
            creation.require(admin, name, settings)
        yield admin


def read_inventory(settings: Settings, layouts: KnownLayouts, mark: int) -> StateInventory:
    """Read the changelog, and take stock of what it holds of a topic.

    Parameters
    ----------
    mark : int
        Of the metrics topic: see `TopicIdentity.mark`.
    """
    inventory = StateInventory(layouts, mark)
    with progress(f"reading {settings.changelog_topic}") as report:
        for records in read_batches(settings, report, partial(echo, err=True)):
            for record in records:
                inventory.add(record)
    return inventory
