"""`streamgauge mute`: hold pages back for a while."""

from __future__ import annotations

import secrets

import click

from stream.cli.control.records import (
    by_option,
    moment,
    read_view,
    report,
    signed,
    to_json,
    why_option,
)
from stream.cli.options import as_json_option, parse_duration, with_settings
from stream.control.publisher import ControlPublisher
from stream.control.records import Mute
from stream.settings.settings import Settings

EXAMPLES = """\b
Examples:
  streamgauge mute 'host-7/*' 2h --why 'disk swap'
  streamgauge mute host-7/cpu 30m --json | jq -r .id
"""


@click.command(epilog=EXAMPLES)
@click.argument("pattern", metavar="PATTERN")
@click.argument("duration_ms", metavar="DURATION", callback=parse_duration)
@why_option
@by_option
@as_json_option
@with_settings("app_id", "control_topic")
def command(settings: Settings, pattern: str, duration_ms: int, why: str, by: str | None, as_json: bool) -> None:
    """Page nobody about the series that PATTERN matches, for DURATION such as 45m, 2h or 3d.

    Workers go on scoring, learning and publishing: a mute is obeyed by `streamgauge notify` and shown by the page. To
    keep points out of what is learned, use a rule with maintenance instead.
    """
    sent = signed(by, why)
    mute = Mute(**sent, id=secrets.token_hex(3), match=pattern, until=sent["at"] + duration_ms)
    with ControlPublisher(settings) as publisher:
        publisher.remove_expired(read_view(settings))
        publisher.publish(mute)
    sentence = f"{pattern} is muted until {moment(mute.until)}; to end it: streamgauge unmute {mute.id}"
    report(to_json(mute), sentence, as_json)
