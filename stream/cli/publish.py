"""`streamgauge publish`: points from files onto the metrics topic."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from stream.cli.csv_options import csv_format_options
from stream.cli.echo import echo
from stream.cli.groups import SuggestingGroup
from stream.cli.options import with_settings
from stream.errors import INTERRUPTED_EXIT_CODE, DataError, StreamgaugeError
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.file import STANDARD_INPUT, read_csv_file
from stream.formats.csv.points import CsvReader
from stream.kafka.connection import open_connection
from stream.kafka.sender import Account, Sender
from stream.kafka.topics.creation import require
from stream.settings.settings import Settings

REFRESH_S = 0.1

EXAMPLES = """\b
Examples:
  streamgauge publish csv nyc_taxi.csv
  streamgauge publish csv --series host-7/cpu --columns timestamp=when,value=cpu_pct host7.csv
  streamgauge publish csv --features cpu,mem --series host-7 host7.csv
  streamgauge publish csv --timestamp-format '%d.%m.%Y %H:%M' --timezone Europe/Berlin last.csv
  streamgauge publish csv --decimal , --skip-bad messwerte.csv
  tail -f load.csv | streamgauge publish csv --series load -
"""


@click.group(cls=SuggestingGroup)
def command() -> None:
    """Publish points from files to the metrics topic."""


@command.command("csv", epilog=EXAMPLES, short_help="Publish the rows of CSV files.")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@csv_format_options
@click.option(
    "--rate", type=click.FloatRange(0, min_open=True), help="Points per second. [default: as fast as possible]"
)
@click.option(
    "--batch", type=click.IntRange(1, 10_000), default=1, show_default=True, help="Points of a series per message."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object, and no progress.")
@with_settings("metrics_topic")
def publish_csv(
    settings: Settings,
    files: tuple[str, ...],
    csv_format: CsvFormat,
    rate: float | None,
    batch: int,
    as_json: bool,
) -> None:
    """Publish the rows of each FILE, one after the other, keyed by series; - reads standard input.

    A file has one point per line, its cells separated by commas, semicolons, tabs or bars, with or without a header.
    A name that ends with .gz is decompressed. Without --timestamp-format the first timestamp decides the format:
    seconds or milliseconds since the epoch, or ISO 8601, which includes 2014-07-01 12:00:00. A time without an offset
    is UTC unless --timezone is given. Rows without a value, or not one for every feature, are counted and left out.

    Any other row that is no point ends the command with exit code 8, after the points before it were sent. With
    --skip-bad such rows are counted and left out, and the first is shown; the exit code is 0 if a point was sent, and 8
    if none was. Ctrl-C sends what was read and ends with exit code 130.
    """
    console = Console(stderr=True, quiet=as_json, highlight=False, soft_wrap=True)
    with open_connection(settings, partial(echo, err=True)) as admin:
        require(admin, settings.metrics_topic, settings)
    sender = Sender(settings, settings.metrics_topic, batch, rate, csv_format.features)
    left_out = LeftOut()
    try:
        with _progress(console) as progress:
            for file in files:
                _send_file(file, csv_format, sender, left_out, progress)
        stopped_by: StreamgaugeError | KeyboardInterrupt | None = None
    except (StreamgaugeError, KeyboardInterrupt) as reason:
        stopped_by = reason
    account = sender.finish()
    if sender.n_rows or not isinstance(stopped_by, StreamgaugeError):
        summary = _summary(account, settings.metrics_topic, left_out, isinstance(stopped_by, KeyboardInterrupt))
        echo(json.dumps(summary) if as_json else _sentence(summary))
    _end(sender, left_out, stopped_by)


def _end(sender: Sender, left_out: LeftOut, stopped_by: StreamgaugeError | KeyboardInterrupt | None) -> None:
    """Exit with the matching error or code."""
    if isinstance(stopped_by, StreamgaugeError):
        raise stopped_by
    sender.raise_failure()
    if stopped_by is not None:
        raise click.exceptions.Exit(INTERRUPTED_EXIT_CODE)
    if left_out.n_bad and not sender.n_rows:
        raise DataError(f"expected at least one row that is a point, found none; the first: {left_out.first_bad}")


@dataclass(slots=True)
class LeftOut:
    """Rows that were not sent: no value, or invalid."""

    n_missing: int = 0
    n_bad: int = 0
    first_bad: str = ""

    def add(self, reader: CsvReader) -> None:
        """Add those of one file."""
        self.n_missing += reader.n_missing
        self.n_bad += reader.n_bad
        self.first_bad = self.first_bad or reader.first_bad


def _send_file(file: str, csv_format: CsvFormat, sender: Sender, left_out: LeftOut, progress: Progress) -> None:
    """Send the rows of a file; count those left out."""
    path = None if file == "-" else Path(file)
    name, size = (STANDARD_INPUT, None) if path is None else (path.name, path.stat().st_size)
    task = progress.add_task(name, total=size, n_points=0)
    with click.open_file(file, "rb") as binary:
        reader = read_csv_file(binary, path, csv_format)
        n_points, shown_s = 0, 0.0
        try:
            for n_points, row in enumerate(reader, 1):
                sender.send(row)
                if time.monotonic() - shown_s > REFRESH_S:
                    shown_s = time.monotonic()
                    progress.update(task, completed=None if path is None else binary.tell(), n_points=n_points)
        finally:
            left_out.add(reader)
        progress.update(task, completed=None if path is None else binary.tell(), n_points=n_points)


def _progress(console: Console) -> Progress:
    """Create a progress bar per file, on a terminal only."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[n_points]:,} points"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _summary(account: Account, topic: str, left_out: LeftOut, interrupted: bool) -> dict[str, object]:
    return {
        "topic": topic,
        "points": account.n_points,
        "series": len(account.series),
        "messages": account.n_messages,
        "failed": account.n_failed,
        "missing": left_out.n_missing,
        "bad": left_out.n_bad,
        "first_bad": left_out.first_bad,
        "seconds": round(account.seconds, 3),
        "points_per_second": round(account.n_points / account.seconds, 1),
        "interrupted": interrupted,
    }


def _sentence(summary: dict[str, object]) -> str:
    text = "sent to {topic}: points {points:,}, series {series:,}, messages {messages:,}; {seconds:.1f} s, "
    notes = {
        "; rows without a value, left out: {missing:,}": summary["missing"],
        "; rows that are no points, left out: {bad:,}, the first: {first_bad}": summary["bad"],
        "; points NOT acknowledged: {failed:,}": summary["failed"],
        "; interrupted": summary["interrupted"],
    }
    rate = "{points_per_second:,.0f} points/s"
    return (text + rate + "".join(note for note, holds in notes.items() if holds)).format(**summary)
