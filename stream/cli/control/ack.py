"""`streamgauge ack`: somebody takes care of an episode."""

from __future__ import annotations

import click

from stream.cli.control.episodes import find_episode
from stream.cli.control.records import by_option, read_view, report, signed, to_json, why_option
from stream.cli.options import as_json_option, with_settings
from stream.control.codec import key_of
from stream.control.publisher import ControlPublisher
from stream.control.records import Ack
from stream.settings.settings import Settings

EXAMPLES = """\b
Examples:
  streamgauge ack 3fa2c1d0 --why 'on it'
  streamgauge ack 3fa2c1d0 --undo
"""


@click.command(epilog=EXAMPLES)
@click.argument("episode", metavar="EPISODE")
@click.option("--undo", is_flag=True, help="Take the acknowledgement back.")
@why_option
@by_option
@as_json_option
@with_settings("app_id", "control_topic", "anomalies_topic")
def command(settings: Settings, episode: str, undo: bool, why: str, by: str | None, as_json: bool) -> None:
    """Acknowledge EPISODE: you take care of it, and nobody is paged about it again until it has closed.

    EPISODE is the id on the anomalies topic; its first digits are enough. Exit code 8 if no episode begins so, or
    several do.
    """
    found = find_episode(settings, episode)
    ack = Ack(**signed(by, why), episode=found.id, series=found.series)
    with ControlPublisher(settings) as publisher:
        publisher.remove_expired(read_view(settings))
        publisher.remove(key_of(ack)) if undo else publisher.publish(ack)
    done = "is no longer acknowledged" if undo else f"acknowledged by {ack.by}"
    report(to_json(ack) | {"removed": undo}, f"episode {found} {done}", as_json)
