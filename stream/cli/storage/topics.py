"""`streamgauge topics`: create or check topics."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial

import click

from stream.cli.echo import echo
from stream.cli.groups import SuggestingGroup
from stream.cli.options import as_json_option, with_settings, yes_option
from stream.cli.storage.reset import confirm_removal, delete_all
from stream.errors import TopicError
from stream.events.text import format_count
from stream.kafka import group
from stream.kafka.connection import open_connection, with_retries
from stream.kafka.topics import creation
from stream.settings.settings import Settings
from stream.settings.topics import RETENTION, TOPICS


@click.group(cls=SuggestingGroup)
def command() -> None:
    """Create, check or delete the topics: points, anomalies, scores, dead letters and the changelog of the state."""


@command.command("create", short_help="Create the missing topics; keep the others.")
@with_settings(
    "app_id", *TOPICS, "max_message_bytes", "partitions", "replication_factor", *RETENTION, "changelog_compaction_lag_s"
)
@as_json_option
def create(settings: Settings, as_json: bool) -> None:
    """Create the missing topics; existing ones are kept as they are."""
    outcomes = with_retries(settings, partial(creation.create, settings=settings), partial(echo, err=True))
    if as_json:
        click.echo(json.dumps([asdict(topic) for topic in outcomes]))
        return
    for topic in outcomes:
        done = "created" if topic.created else "kept"
        replicas = format_count(topic.n_replicas, "replica")
        echo(f"{done:8} {topic.name}  {topic.n_partitions} partitions, {replicas}", indent=9)


@command.command("check", short_help="Check that the topics are there and fit together.")
@with_settings("app_id", *TOPICS, "max_message_bytes", "changelog_compaction_lag_s")
@as_json_option
def check(settings: Settings, as_json: bool) -> None:
    """Check that the topics are there and fit together; exit code 6 when a worker could not run on them."""
    findings = with_retries(settings, partial(creation.check, settings=settings), partial(echo, err=True))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            echo(f"{finding.level:6} {finding.text}", indent=7)
    n_failures = sum(finding.level == "fail" for finding in findings)
    if n_failures:
        raise TopicError(f"{n_failures} of {len(findings)} topics are not as a worker needs them")


@command.command("delete", short_help="Delete the topics and everything on them.")
@with_settings("app_id", *TOPICS, "max_message_bytes")
@yes_option
@as_json_option
def delete(settings: Settings, yes: bool, as_json: bool) -> None:
    """Delete the topics, with all points and events on them, and the state of every series.

    Those are deleted that `topics create` with the same settings makes; it asks before it does. To forget what was
    learned and keep the points: `streamgauge reset`. Refused with exit code 12 while a worker is in the group.
    """
    with open_connection(settings, partial(echo, err=True)) as admin:
        group.require_idle(admin, settings)
        names = list(creation.count_partitions(admin, settings))
        if names:
            confirm_removal([f"topic {name}" for name in names], yes)
            delete_all(admin, settings, names, with_group=group.exists(admin, settings.app_id))
    if as_json:
        click.echo(json.dumps([{"name": name} for name in names]))
        return
    for name in names:
        echo(f"deleted  {name}", indent=9)
    if not names:
        echo(f"nothing to delete: none of the topics is on {settings.brokers}")
