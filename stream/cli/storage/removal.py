"""Irreversible deletion: listed, confirmed, and only without workers."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from kafka import KafkaAdminClient

from stream.cli.echo import echo
from stream.kafka import group
from stream.kafka.topics import creation
from stream.settings.settings import Settings

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def confirm(items: Sequence[str], yes: bool) -> None:
    """List items and ask; abort the command on no.

    Raises
    ------
    click.UsageError
        If nobody is there to answer.
    """
    if yes:
        return
    for item in items:
        echo(f"  {item}", indent=4, err=True)
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is there to be asked: --yes deletes without a question")
    click.confirm("Delete this? It cannot be brought back.", abort=True, err=True)


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
