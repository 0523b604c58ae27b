"""`streamgauge state adopt`: go on with another topic."""

from __future__ import annotations

import json
from functools import partial

import click
from kafka import KafkaAdminClient, KafkaProducer

from stream.changelog.topic import read_batches
from stream.cli.echo import progress
from stream.cli.options import with_settings, yes_option
from stream.errors import StateError, TopicError
from stream.kafka import group, group_offsets
from stream.kafka.clients import producer_options
from stream.kafka.connection import with_retries
from stream.kafka.topics import creation
from stream.kafka.topics.identity import IDENTITY_KEY, TopicIdentity, identify
from stream.settings.settings import Settings


@click.command("adopt", short_help="Keep what was learned, with the metrics topic as it is now.")
@with_settings("app_id", "metrics_topic", "session_timeout_s")
@yes_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else; asks nothing.")
def adopt(settings: Settings, yes: bool, as_json: bool) -> None:
    """Let the state go on with the metrics topic as it is now: keep what was learned, forget the offsets.

    For a topic that was deleted and made anew, another topic, or a topic and a changelog that were copied to another
    cluster. Stop all workers of the app id first; those that ended a moment ago are waited for. The workers then read
    the topic from its beginning; points that a series has already seen are counted as late, by their time.
    """
    if not (yes or as_json):
        question = f"Shall the state of app id {settings.app_id} go on with topic {settings.metrics_topic}?"
        click.confirm(question, abort=True)
    source, n_partitions = with_retries(settings, partial(_adopt, settings=settings), partial(click.echo, err=True))
    if as_json:
        facts = {"topic": source.topic, "topic_id": source.topic_id, "cluster_id": source.cluster_id}
        click.echo(json.dumps(facts | {"app_id": settings.app_id, "n_partitions": n_partitions}))
    else:
        click.echo(f"the state of {settings.app_id} goes on with {source}: offsets forgotten in all partitions")


def _adopt(admin: KafkaAdminClient, settings: Settings) -> tuple[TopicIdentity, int]:
    """Delete the committed offsets, then relabel the state.

    In this order, since a worker that starts in between still refuses the state.
    """
    changelog, source = settings.changelog_topic, settings.metrics_topic
    for name in (source, changelog):
        creation.require(admin, name, settings)
    counts = creation.count_partitions(admin, settings)
    if counts[changelog] != counts[source]:
        raise TopicError(
            f"topic {changelog} has {counts[changelog]} partitions, {source} has {counts[source]}; expected as many, "
            "since the state of a series lies in the partition of its points: the state cannot be adopted"
        )
    identity = identify(admin, source)
    _require_same_division(settings, identity)
    group.wait_until_idle(admin, settings)
    group_offsets.forget_committed_offsets(admin, settings)
    with KafkaProducer(**producer_options(settings)) as producer:
        written = [
            producer.send(changelog, key=IDENTITY_KEY, value=identity.encode(), partition=partition)
            for partition in range(counts[changelog])
        ]
        for each in written:
            each.get(timeout=30)
    return identity, counts[changelog]


def _require_same_division(settings: Settings, source: TopicIdentity) -> None:
    """Require that series arrive in the partitions in which their state lies.

    Raises
    ------
    StateError
        If the state was learned from a topic with another number of partitions.
    """
    with progress(f"reading {settings.changelog_topic}") as report:
        newest = {
            record.partition: TopicIdentity.decode(record.value)
            for records in read_batches(settings, report, partial(click.echo, err=True))
            for record in records
            if record.key == IDENTITY_KEY and record.value is not None
        }
    other = next((each for each in newest.values() if each.n_partitions not in (0, source.n_partitions)), None)
    if other is not None:
        advice = (
            "run `streamgauge state repartition`, which moves it"
            if other.mark == source.mark
            else f"give {source.topic} as many partitions as {other.topic} had"
        )
        raise StateError(
            f"the state was learned from {other} with {other.n_partitions} partitions, {source.topic} has "
            f"{source.n_partitions}: most series arrive in another partition than that of their state; {advice}"
        )
