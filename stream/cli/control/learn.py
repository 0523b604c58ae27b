"""`streamgauge learn`: the level of a series is the new normal."""

from __future__ import annotations

import click

from stream.cli.control.records import IN_FORCE, by_option, report, signed, to_json, why_option
from stream.cli.control.rules import no_match
from stream.cli.doctor.known_series import read_known
from stream.cli.options import as_json_option, with_settings
from stream.control.codec import key_of
from stream.control.publisher import ControlPublisher
from stream.control.records import Learn
from stream.errors import DataError
from stream.formats.state.key import split_key
from stream.settings.settings import Settings

EXAMPLES = """\b
Examples:
  streamgauge learn host-7/cpu --why 'twice the users since the launch'
  streamgauge learn host-7/cpu --undo
"""


@click.command(epilog=EXAMPLES)
@click.argument("series", metavar="SERIES")
@click.option("--feature", metavar="NAME", help="This feature of the series alone.")
@click.option("--undo", is_flag=True, help="Remove the mark, for episodes that no worker has closed by it yet.")
@why_option
@by_option
@as_json_option
@with_settings("app_id", "control_topic")
def command(
    settings: Settings, series: str, feature: str | None, undo: bool, why: str, by: str | None, as_json: bool
) -> None:
    """Mark the level of SERIES as the new normal.

    Its open episode closes with the next point, and the series begins anew at its present level: it warms up again and
    does not alert meanwhile. A series without an open or pending episode is left as it is, and so are later episodes.

    Exit code 8 if the workers know no such series.
    """
    names = {split_key(key)[0] for key in read_known(settings)[0]}
    if series not in names and not undo:
        raise DataError(no_match(series, names))
    sent = signed(by, why)
    mark = Learn(**sent, series=series, feature=feature, from_ms=sent["at"])
    with ControlPublisher(settings) as publisher:
        publisher.remove(key_of(mark)) if undo else publisher.publish(mark)
    sentence = f"learn mark of {series} removed" if undo else f"the level of {series} is the new normal; {IN_FORCE}"
    report(to_json(mark) | {"removed": undo}, sentence, as_json)
