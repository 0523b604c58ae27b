"""Irreversible deletion: listed, confirmed, and only without workers."""

from __future__ import annotations

from collections.abc import Sequence

from kafka import KafkaAdminClient

from stream.cli.echo import confirm
from stream.kafka import group
from stream.kafka.topics import creation
from stream.settings.settings import Settings


def confirm_removal(items: Sequence[str], yes: bool) -> None:
    """List what is deleted and ask; abort the command on no."""
    confirm(items, "Delete this? It cannot be brought back.", "deletes", yes)


def delete_all(admin: KafkaAdminClient, settings: Settings, names: Sequence[str], *, with_group: bool) -> None:
    """Delete topics and group unless a worker has started.

    Raises
    ------
    WorkerRunningError, TopicError, BrokerUnreachableError
    """
    group.require_idle(admin, settings)
    creation.delete(admin, names)
    if with_group:
        group.delete(admin, settings.app_id)
