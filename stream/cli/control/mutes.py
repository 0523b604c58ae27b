"""`streamgauge mutes`: list what is muted."""

from __future__ import annotations

import json

import click

from stream.cli.control.records import moment, now_ms, read_view, signature, to_json
from stream.cli.echo import echo
from stream.cli.options import as_json_option, with_settings
from stream.events.text import format_count
from stream.settings.settings import Settings


@click.command()
@click.option("--all", "with_expired", is_flag=True, help="List ended mutes, too: they are kept for a week or more.")
@as_json_option
@with_settings("app_id", "control_topic")
def command(settings: Settings, with_expired: bool, as_json: bool) -> None:
    """List the mutes that last, the next to end first."""
    now = now_ms()
    mutes = [mute for mute in read_view(settings).mutes.values() if with_expired or now < mute.until]
    mutes.sort(key=lambda mute: mute.until)
    if as_json:
        click.echo(json.dumps([to_json(mute) for mute in mutes], ensure_ascii=False))
        return
    for mute in mutes:
        expired = "" if now < mute.until else ", expired"
        echo(f"{mute.id}  {mute.match}  until {moment(mute.until)}{expired}", indent=8)
        echo(f"        {signature(mute)}", indent=8)
    echo(format_count(len(mutes), "mute"))
