"""`streamgauge topics`: create the topics, or check those that are there."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial

import click

from stream.broker import topics
from stream.broker.connection import on_broker
from stream.broker.settings import Settings
from stream.cli.options import with_settings
from stream.cli.suggesting_group import SuggestingGroup
from stream.errors import TopicError

TOPICS = ("app_id", "metrics_topic", "anomalies_topic", "scores_topic", "dead_letter_topic", "max_message_bytes")
RETENTION = ("metrics_retention_h", "anomalies_retention_h", "scores_retention_h", "dead_letter_retention_h")

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


@click.group(cls=SuggestingGroup)
def command() -> None:
    """Create or check the topics: points, anomalies, scores, dead letters and the changelog of the state."""


@command.command("create")
@with_settings(*TOPICS, "partitions", "replication_factor", *RETENTION, "changelog_compaction_lag_s")
@as_json
def create(settings: Settings, as_json: bool) -> None:
    """Create the topics that are missing; those that are there are kept as they are."""
    outcomes = on_broker(settings, partial(topics.create, settings=settings), partial(click.echo, err=True))
    if as_json:
        click.echo(json.dumps([asdict(topic) for topic in outcomes]))
        return
    for topic in outcomes:
        done = "created" if topic.created else "kept"
        click.echo(f"{done:8} {topic.name}  {topic.n_partitions} partitions")


@command.command("check")
@with_settings(*TOPICS, "changelog_compaction_lag_s")
@as_json
def check(settings: Settings, as_json: bool) -> None:
    """Check that the topics are there and fit together; exit code 6 when a worker could not run on them."""
    findings = on_broker(settings, partial(topics.check, settings=settings), partial(click.echo, err=True))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{finding.level:6} {finding.text}")
    n_failures = sum(finding.level == "fail" for finding in findings)
    if n_failures:
        raise TopicError(f"{n_failures} of {len(findings)} topics are not as a worker needs them")
