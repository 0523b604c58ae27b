"""`streamgauge state repartition`: move state after partitions were added."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial

import click
from kafka import KafkaAdminClient
from kafka.consumer.fetcher import ConsumerRecord

from stream.changelog.division import Division
from stream.changelog.inventory import StateInventory
from stream.changelog.layouts.known import KnownLayouts
from stream.changelog.repartition import Repartition, RepartitionPlan
from stream.changelog.topic import open_writer, read_batches
from stream.changelog.unread import UnreadMessages, publish_again
from stream.cli.echo import echo, progress
from stream.cli.options import with_settings, yes_option
from stream.cli.state.stored import known_layouts, read_inventory, without_workers
from stream.errors import StateError, TopicError
from stream.kafka import group, group_offsets
from stream.kafka.topics import creation
from stream.kafka.topics.identity import IDENTITY_KEY, TopicIdentity, identify
from stream.kafka.topics.partitions import raise_partitions
from stream.settings.settings import Settings

STEPS = """\b
Add partitions without losing anything:
  1. Stop the senders. Wait until the workers have read everything.
  2. Stop the workers, and add partitions to the metrics topic:
     kafka-topics.sh --alter --topic metrics --partitions 12 ...
  3. streamgauge state repartition --dry-run
     streamgauge state repartition
  4. Start the workers and the senders.
"""


@dataclass(frozen=True)
class Found:
    """What lies where, before anything is written."""

    source: TopicIdentity
    """The metrics topic as it is now."""
    counts: dict[str, int]
    """Partitions of each topic."""
    inventory: StateInventory
    plan: RepartitionPlan
    unread: UnreadMessages
    n_moved_unread: int
    """Unread messages whose series arrives in another partition now."""
    example: ConsumerRecord | None
    """The first of them."""

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do."""
        return self.plan.division.before == self.plan.division.after


@click.command("repartition", epilog=STEPS, short_help="Move state after partitions were added to the topic.")
@with_settings("app_id", "metrics_topic", "scores_topic", "model", "session_timeout_s")
@click.option("--dry-run", is_flag=True, help="Count what would move, and write nothing.")
@click.option("--republish-unread", is_flag=True, help="Publish unread messages again, where their series arrive now.")
@yes_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else; asks nothing.")
def repartition(settings: Settings, dry_run: bool, republish_unread: bool, yes: bool, as_json: bool) -> None:
    """Move the state of each series to the partition in which it arrives, after partitions were added on purpose.

    For workers that end with exit code 6 since the metrics topic has more partitions than the changelog. Give the
    settings of the workers (--app, --model).

    The changelog and the scores topic get as many partitions as the metrics topic. A series moves if Kafka's default
    partitioner chooses another partition for its name now. What was learned, and open episodes, are kept. If the
    command is interrupted, run it again; until it is through, workers end with exit code 11.

    Unread messages of series that move are a reason to refuse, with exit code 6: their partition holds no state of the
    series any more. With --republish-unread all unread messages are published again, in the order of their times, and
    the group goes on behind the old ones. Stop the senders first.

    Exit code 11 if state cannot be read, or belongs to another topic. Exit code 12 while a worker is in the consumer
    group.
    """
    layouts = known_layouts(settings)
    with without_workers(settings) as admin:
        found = _look(admin, settings, layouts)
        is_refused = bool(found.n_moved_unread) and not republish_unread
        if is_refused and not dry_run:
            raise TopicError(_unread(found, settings))
        if not dry_run and not found.is_done:
            if not (yes or as_json):
                click.confirm(_question(found, settings), abort=True, err=True)
            group.require_idle(admin, settings)
            _carry_out(admin, settings, layouts, found)
    _report(found, settings, dry_run=dry_run, as_json=as_json)
    if is_refused:
        raise TopicError(_unread(found, settings))


def _look(admin: KafkaAdminClient, settings: Settings, layouts: KnownLayouts) -> Found:
    source, counts = identify(admin, settings.metrics_topic), creation.count_partitions(admin, settings)
    inventory = read_inventory(settings, layouts, source.mark)
    foreign = [place for place, stored in inventory.keys.items() if stored.layout is not layouts.present]
    if foreign:
        raise StateError(
            f"{len(foreign):,} state records in {settings.changelog_topic} have another layout, such as that of "
            f"{foreign[0][1]!r} in partition {foreign[0][0]}: run `streamgauge state migrate` with the same settings "
            "first"
        )
    division = Division(_n_before(inventory, source, counts[settings.changelog_topic]), source.n_partitions)
    unread = UnreadMessages(admin, settings, source.n_partitions)
    with progress(f"reading {settings.metrics_topic}") as report:
        n_moved, example = unread.find_moved(division, report)
    return Found(source, counts, inventory, RepartitionPlan.of(inventory, division), unread, n_moved, example)


def _n_before(inventory: StateInventory, source: TopicIdentity, n_changelog: int) -> int:
    """Return by how many partitions the series of the state are divided.

    Raises
    ------
    StateError
        If the state is of another topic, or of more partitions than there are.
    """
    written = [value for (_, key), value in inventory.partition_records.items() if key == IDENTITY_KEY]
    found = [TopicIdentity.decode(value) for value in written]
    foreign = next((each for each in found if each.mark != source.mark), None)
    if foreign is not None:
        raise StateError(
            f"the state was learned from {foreign}, the metrics topic is {source}: it was made anew or replaced, not "
            "given more partitions; run `streamgauge state adopt`"
        )
    n_before = min((each.n_partitions for each in found if each.n_partitions), default=n_changelog)
    if n_before > source.n_partitions:
        raise StateError(
            f"expected {source.topic} to have {n_before} partitions or more, as when the state was learned, found "
            f"{source.n_partitions}: Kafka takes no partitions away; check the name of the topic"
        )
    return n_before


def _carry_out(admin: KafkaAdminClient, settings: Settings, layouts: KnownLayouts, found: Found) -> None:
    division, counts = found.plan.division, found.counts
    with open_writer(settings) as writer:
        labelling = Repartition(found.plan, layouts.present, found.source, writer)
        labelling.label(division.before, range(division.before))
    topics = [settings.changelog_topic, *([settings.scores_topic] if settings.scores_topic in counts else [])]
    raise_partitions(admin, [name for name in topics if counts[name] < division.after], division.after)
    with open_writer(settings) as writer, progress(f"writing {settings.changelog_topic}") as report:
        steps = Repartition(found.plan, layouts.present, found.source, writer)
        steps.label(division.before, range(division.before, division.after))
        if found.n_moved_unread:
            _publish_again(admin, settings, found)
        if found.plan.moves:
            for records in read_batches(settings, report, partial(echo, err=True)):
                steps.move(records)
        steps.write_rules(found.inventory)
        steps.label(division.after, range(division.after))


def _publish_again(admin: KafkaAdminClient, settings: Settings, found: Found) -> None:
    with progress(f"reading {settings.metrics_topic}") as report:
        records = [record for batch in found.unread.batches(report) for record in batch]
    publish_again(settings, records, found.plan.division)
    group_offsets.commit_offsets(admin, settings, found.unread.ends)


def _unread(found: Found, settings: Settings) -> str:
    example = found.example
    where = f"{example.topic}/{example.partition}@{example.offset}" if example is not None else settings.metrics_topic
    return (
        f"{found.n_moved_unread:,} unread messages, such as {where}, lie where their series arrived before "
        f"{settings.metrics_topic} was given more partitions: they would be scored without what was learned. Nothing "
        "was written. Stop the senders, then run `streamgauge state repartition --republish-unread`: it publishes what "
        "is unread again, where each series arrives now"
    )


def _question(found: Found, settings: Settings) -> str:
    again = f", and {found.n_moved_unread:,} unread messages be published again" if found.n_moved_unread else ""
    return (
        f"Shall the state of {len(found.plan.moves):,} series of app id {settings.app_id} move{again}? The changelog "
        f"gets {found.plan.division.after} partitions, which cannot be taken back."
    )


def _report(found: Found, settings: Settings, *, dry_run: bool, as_json: bool) -> None:
    plan = found.plan
    if as_json:
        facts = {
            "app_id": settings.app_id,
            "dry_run": dry_run,
            "partitions_before": plan.division.before,
            "partitions": plan.division.after,
            "moved": len(plan.moves),
            "stayed": plan.n_staying,
            "misplaced": plan.n_misplaced,
            "republished": found.n_moved_unread,
            "damaged": found.inventory.n_damaged,
        }
        click.echo(json.dumps(facts))
        return
    if found.is_done:
        echo(f"nothing to do: topic {settings.metrics_topic} and its state have {plan.division.after} partitions")
        return
    would = "would move" if dry_run else "moved"
    echo(f"{plan.division.before} partitions before, {plan.division.after} now")
    echo(f"{len(plan.moves):,} state records {would}, {plan.n_staying:,} stay in their partition")
    if found.n_moved_unread:
        again = "would be published again" if dry_run else "published again"
        echo(f"{found.n_moved_unread:,} unread messages of series that move, {again} with all others that are unread")
    if plan.n_misplaced:
        echo(
            f"{plan.n_misplaced:,} are in a partition that Kafka's default partitioner does not choose: they stay, "
            "since their sender chooses otherwise"
        )
