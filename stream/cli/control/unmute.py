"""`streamgauge unmute`: end a mute."""

from __future__ import annotations

import click

from stream.cli.control.records import read_view, report
from stream.cli.echo import suggest
from stream.cli.options import as_json_option, with_settings
from stream.control.codec import key_of
from stream.control.publisher import ControlPublisher
from stream.control.records import Mute
from stream.errors import DataError
from stream.settings.settings import Settings


@click.command()
@click.argument("wanted", metavar="ID")
@as_json_option
@with_settings("app_id", "control_topic")
def command(settings: Settings, wanted: str, as_json: bool) -> None:
    """End the mute ID at once; the first digits of the id are enough.

    Exit code 8 if there is none, or if several begin so.
    """
    view = read_view(settings)
    mute = find_mute(view.mutes, wanted)
    with ControlPublisher(settings) as publisher:
        publisher.remove_expired(view)
        publisher.remove(key_of(mute))
    report({"id": mute.id, "match": mute.match, "removed": True}, f"{mute.match} is no longer muted", as_json)


def find_mute(mutes: dict[str, Mute], wanted: str) -> Mute:
    """Find a mute by its id, or the beginning of it.

    Raises
    ------
    DataError
        If there is none, or several begin so.
    """
    matching = [mute for mute in mutes.values() if mute.id.startswith(wanted)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise DataError(f"{len(matching)} mutes begin with {wanted}, expected one: {', '.join(m.id for m in matching)}")
    advice = suggest(wanted, mutes, "`streamgauge mutes` lists them", 1)
    raise DataError(f"expected the id of a mute, found {wanted!r}; {advice}")
