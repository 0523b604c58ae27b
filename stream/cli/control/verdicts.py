"""`streamgauge verdicts`: list what people said of episodes."""

from __future__ import annotations

import json

import click

from stream.cli.control.records import moment, read_view, signature, to_json
from stream.cli.echo import echo
from stream.cli.options import as_json_option, with_settings
from stream.events.text import display_name, format_count
from stream.settings.settings import Settings


@click.command()
@as_json_option
@with_settings("app_id", "control_topic")
def command(settings: Settings, as_json: bool) -> None:
    """List the verdicts on episodes, the newest episode first."""
    verdicts = sorted(read_view(settings).verdicts.values(), key=lambda verdict: verdict.start, reverse=True)
    if as_json:
        click.echo(json.dumps([to_json(verdict) for verdict in verdicts], ensure_ascii=False))
        return
    for verdict in verdicts:
        name = display_name(verdict.series, verdict.feature)
        echo(f"{verdict.episode[:8]}  {verdict.verdict:8}  {name}, {moment(verdict.start)}", indent=10)
        echo(f"          {signature(verdict)}", indent=10)
    echo(format_count(len(verdicts), "verdict"))
