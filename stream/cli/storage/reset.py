"""`streamgauge reset`: delete an application's learned state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import click
from kafka import KafkaAdminClient

from stream.cli.echo import confirm, echo
from stream.cli.options import as_json_option, with_settings, yes_option
from stream.kafka import group
from stream.kafka.connection import open_connection
from stream.kafka.topics import creation
from stream.kafka.topics.creation import count_partitions
from stream.settings.settings import Settings
from stream.settings.topics import TOPICS

EXAMPLES = """\b
Examples:
  streamgauge reset
  streamgauge reset --app streamgauge-test --outputs --yes
"""


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


@click.command("reset", epilog=EXAMPLES)
@click.option(
    "--outputs", is_flag=True, help="Delete the topics of anomalies, scores, dead letters and backfills, too."
)
@yes_option
@as_json_option
@with_settings("app_id", *TOPICS)
def command(settings: Settings, outputs: bool, yes: bool, as_json: bool) -> None:
    """Forget everything that the workers of --app have learned, to start again.

    Deleted are the changelog, which holds the state of every series, and the consumer group with its offsets. The
    points on the metrics topic are kept: the next worker reads them from the beginning, warms up on them, and publishes
    again what it finds in them. With --outputs the topics of anomalies, scores, dead letters and backfill are deleted
    as well, also for others who read or write them.

    Refused with exit code 12 while a worker is in the group. Single series: `streamgauge series forget`.
    """
    with open_connection(settings, partial(echo, err=True)) as admin:
        group.require_idle(admin, settings)
        existing = count_partitions(admin, settings)
        names = [settings.changelog_topic]
        if outputs:
            names += filter(
                None, [settings.anomalies_topic, settings.scores_topic, settings.dead_letters, settings.backfill_events]
            )
        names = [name for name in names if name in existing]
        with_group = group.exists(admin, settings.app_id)
        items = [f"topic {name}" for name in names]
        items += [f"consumer group {settings.app_id} with its offsets"] if with_group else []
        if items:
            confirm_removal(items, yes)
            delete_all(admin, settings, names, with_group=with_group)
    if as_json:
        click.echo(json.dumps({"topics": names, "group": settings.app_id if with_group else None}))
        return
    for item in items:
        echo(f"deleted  {item}", indent=9)
    if not items:
        echo(f"nothing to delete: application {settings.app_id} has left nothing behind on {settings.brokers}")
