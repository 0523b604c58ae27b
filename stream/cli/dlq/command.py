"""`streamgauge dlq`: list the messages that were put aside, show one, publish them again."""

from __future__ import annotations

import json
from functools import partial

import click
from kafka import KafkaProducer
from kafka.errors import KafkaError

from stream.cli.dlq.inventory import Inventory, Letter, read_letter
from stream.cli.dlq.reading import choose, chosen_options, read_inventory, take_inventory
from stream.cli.dlq.replay import Replay, ReplayOutcome
from stream.cli.dlq.text import LABEL, body, group_to_json, heading, letter_to_json, summary, table
from stream.cli.echo import confirm, echo, progress
from stream.cli.groups import SuggestingGroup
from stream.cli.options import as_json_option, with_settings, yes_option
from stream.errors import BrokerUnreachableError, DataError
from stream.events.refusal import Place
from stream.events.text import format_count
from stream.kafka.clients import producer_options
from stream.kafka.connection import open_connection
from stream.kafka.sender import GIVING_UP
from stream.kafka.topics.creation import require
from stream.kafka.topics.offset_range import Moment, NoMessagesError, TopicRange, open_range
from stream.settings.settings import Settings

LIST_EXAMPLES = """\b
Examples:
  streamgauge dlq list
  streamgauge dlq list --from 1h --json
"""

SHOW_EXAMPLES = """\b
Examples:
  streamgauge dlq show metrics/6@10
  streamgauge dlq show metrics/6@10 --json | jq -r .value
"""

REPLAY_EXAMPLES = """\b
Examples:
  streamgauge dlq replay --dry-run
  streamgauge dlq replay --reason timestamp_future --from 2h
  streamgauge dlq replay --topic telegraf --yes --json
"""

SKIPPED = {
    "replayed": "replayed before",
    "cut": "cut to fit the topic, not whole",
    "other_topic": "read from another topic (--topic)",
}
"""How it is said why a dead letter is not published."""


@click.group(cls=SuggestingGroup)
def command() -> None:
    """List the messages that were put aside, show one, or publish them again after a fix."""


@command.command("list", epilog=LIST_EXAMPLES, short_help="List dead letters by reason.")
@chosen_options
@as_json_option
@with_settings("metrics_topic", "dead_letter_topic")
def list_letters(settings: Settings, reasons: tuple[str, ...], start: Moment, end: Moment, as_json: bool) -> None:
    """List the messages that were put aside by reason: how many, since when, an example and what to do.

    A message that was put aside twice, as after a crash of its worker, counts once. The whole topic is read; --from
    makes it shorter. No consumer group is joined and nothing is written.
    """
    inventory = read_inventory(settings, start, choose(reasons, end))
    if as_json:
        click.echo(json.dumps([group_to_json(reason, group) for reason, group in inventory.by_size()]))
        return
    for line in table(inventory) if inventory.groups else ():
        echo(line, indent=2)
    echo(summary(inventory))


@command.command("show", epilog=SHOW_EXAMPLES, short_help="Show one message in full.")
@click.argument("place", metavar="PLACE")
@as_json_option
@with_settings("metrics_topic", "dead_letter_topic")
def show(settings: Settings, place: str, as_json: bool) -> None:
    """Show one message that was put aside in full: why, what to do, key, headers and value.

    PLACE is topic/partition@offset as the log and `dlq list` give it: that of the message on its topic, or that of the
    dead letter on its own. A value that is no text is printed in hexadecimal.

    Exit code 8 if nothing from there was put aside.
    """
    try:
        wanted = Place.parse(place)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="PLACE") from error
    letter = _find(settings, wanted)
    if as_json:
        click.echo(json.dumps(letter_to_json(letter), ensure_ascii=False))
        return
    for line in heading(letter):
        echo(line, indent=LABEL)
    for line in body(letter.record.value or b""):
        click.echo(line)


def _find(settings: Settings, wanted: Place) -> Letter:
    try:
        with (
            open_range(settings, settings.dead_letters, "beginning", "latest", partial(echo, err=True)) as messages,
            progress(f"searching {settings.dead_letters}") as report,
        ):
            for records, n_left in messages.batches():
                for letter in filter(None, map(read_letter, records)):
                    if wanted in (letter.refusal.place, letter.place):
                        return letter
                report(1 - n_left / messages.size)
    except NoMessagesError:
        pass
    raise DataError(
        f"topic {settings.dead_letters}: expected the dead letter of {wanted}, found none; `streamgauge dlq list` "
        "gives an example of each reason, and older ones may have expired"
    )


@command.command("replay", epilog=REPLAY_EXAMPLES, short_help="Publish messages again after a fix.")
@chosen_options
@click.option(
    "--topic", metavar="NAME", help="Replay those read from this topic, onto it.  [default: the metrics topic]"
)
@click.option("--dry-run", is_flag=True, help="Say what would be published, and publish nothing.")
@yes_option
@as_json_option
@with_settings("metrics_topic", "dead_letter_topic")
def replay(
    settings: Settings,
    reasons: tuple[str, ...],
    start: Moment,
    end: Moment,
    topic: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Publish messages that were put aside to their topic again, after a fix, each of them once.

    They are published as they were received: key, value, headers and time in Kafka; the header streamgauge.replayed
    names the dead letter. What has been replayed is noted on the dead-letter topic and left alone the next time. So are
    messages that are not whole, or were read from another topic: those of `streamgauge ingest` need --topic. A message
    that is refused again is put aside again.

    The detector does not go back in time: points older than the newest of their series are counted as late. Replay
    soon, or where a series was refused as a whole.

    Exit code 0, also if there is nothing to replay; 3 or 6 if the broker did not take everything.
    """
    chosen, target = choose(reasons, end), topic or settings.metrics_topic
    outcome = ReplayOutcome()
    with open_connection(settings, partial(echo, err=True)) as admin:
        require(admin, target, settings)
    try:
        with open_range(settings, settings.dead_letters, start, "latest", partial(echo, err=True)) as messages:
            with progress(f"reading {settings.dead_letters}") as report:
                inventory = take_inventory(messages, chosen, report)
            outcome = _count(settings, messages, inventory, target)
            if outcome.replayed and not dry_run:
                items = [f"{n:,} {reason}" for reason, n in outcome.replayed.most_common()]
                question = f"Publish these {outcome.replayed.total():,} messages to {target} again?"
                confirm(items, question, "replays", yes)
                outcome = _publish(settings, messages, inventory, target)
    except NoMessagesError:
        pass
    facts = _facts(outcome, target, dry_run)
    echo(json.dumps(facts) if as_json else _sentence(outcome, target, dry_run))
    outcome.raise_failure(target)


def _count(settings: Settings, messages: TopicRange, inventory: Inventory, target: str) -> ReplayOutcome:
    with progress(f"choosing from {settings.dead_letters}") as report:
        return Replay(inventory, target, None).run(messages, report)


def _publish(settings: Settings, messages: TopicRange, inventory: Inventory, target: str) -> ReplayOutcome:
    try:
        with (
            KafkaProducer(**producer_options(settings) | GIVING_UP) as producer,
            progress(f"replaying {settings.dead_letters}") as report,
        ):
            return Replay(inventory, target, producer).run(messages, report)
    except KafkaError as error:
        raise BrokerUnreachableError(
            f"the broker went away during the replay: {error}; the same command goes on with what is left"
        ) from error


def _facts(outcome: ReplayOutcome, target: str, dry_run: bool) -> dict[str, object]:
    return {
        "topic": target,
        "dry_run": dry_run,
        "replayed": outcome.replayed.total(),
        "reasons": dict(outcome.replayed.most_common()),
        "skipped": dict(outcome.skipped),
        "failed": outcome.n_failed,
    }


def _sentence(outcome: ReplayOutcome, target: str, dry_run: bool) -> str:
    n, would = outcome.replayed.total(), "would be " if dry_run else ""
    reasons = ", ".join(f"{n:,} {reason}" for reason, n in outcome.replayed.most_common())
    counts = f"{format_count(n, 'message')} {would}published to {target} again"
    left_out = "".join(f"; {SKIPPED[why]}: {n:,}" for why, n in outcome.skipped.items())
    return counts + (f": {reasons}" if reasons else "") + left_out
