"""`streamgauge watch`: follow episodes live."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import click
from kafka.consumer.fetcher import ConsumerRecord
from rich.console import Console

from stream.cli.echo import echo
from stream.cli.options import parse_moment, with_settings
from stream.cli.watch.episode_table import EpisodeTable
from stream.cli.watch.live import Inbox, collect, describe, show_live, silence_logs
from stream.control.reader import ControlReader
from stream.errors import DataError
from stream.events.anomalies import AnyEvent, decode_event
from stream.events.text import format_date_time
from stream.kafka.connection import open_connection
from stream.kafka.follower import Follower
from stream.kafka.topics.creation import require
from stream.kafka.topics.offset_range import Moment
from stream.settings.settings import Settings

POLL_S = 1.0
LOOK_BACK_MS = 3_600_000
"""How far before its start a watch counts dead letters that shows new events only: what went wrong did so before."""

N_LINES_AROUND = 2
"""Lines of the terminal that the prompt and the cursor take."""

EXAMPLES = """\b
Examples:
  streamgauge watch
  streamgauge watch --from beginning --series 'host-7/*'
  streamgauge watch --json --from 12h | jq .severity
"""


@click.command(epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print the JSON of each event on a line of its own instead.")
@click.option(
    "--from",
    "start",
    default="latest",
    show_default=True,
    callback=parse_moment,
    metavar="beginning|latest|SPAN|TIME",
    help="Begin with the events published since then, whatever time they tell of; SPAN is such as 90m, 12h, 30d, TIME "
    "is ISO 8601, UTC without offset.",
)
@click.option(
    "--series", "pattern", default="*", metavar="GLOB", help="Only series of this pattern, such as 'host-7/*'."
)
@click.option("--for", "seconds", type=click.FloatRange(0, min_open=True), help="End after so many seconds.")
@click.option("--max", "n_max", type=click.IntRange(1), help="End after so many events.")
@with_settings("app_id", "metrics_topic", "anomalies_topic", "dead_letter_topic", "control_topic")
def command(
    settings: Settings, as_json: bool, start: Moment, pattern: str, seconds: float | None, n_max: int | None
) -> None:
    """Follow the anomalies live as they open, change and close.

    A table of the episodes, open ones first, each with its reason at the highest score, and of the series that fell
    silent. Severity and score are the highest so far; a pending alarm has yet to last as long as its rule asks. The
    last line says what it is connected to. Keys: / filters by text, s by severity, o shows open ones alone, the arrows
    choose an episode and Enter shows all of it, q ends. NO_COLOR is obeyed. With --json every event is printed as it
    is on the topic, one a line, repeats included: a repeated event has the ce_id header of the first. Ctrl-C ends it.
    No consumer group is joined, so watching disturbs neither workers nor other watchers.
    """
    console = Console(highlight=False)
    with open_connection(settings, partial(echo, err=True)) as admin:
        require(admin, settings.anomalies_topic, settings)
    with Follower(settings, settings.anomalies_topic, start) as follower:
        watched = Watched(follower, pattern, seconds)
        try:
            if as_json:
                _print_lines(watched, n_max)
            else:
                table = EpisodeTable(nothing_yet(start, follower.n_before, pattern))
                _show(table, watched, n_max, console, settings, start)
        except KeyboardInterrupt:
            pass
    if watched.n_foreign:
        echo(f"skipped {watched.n_foreign} records that are no events of streamgauge", err=True)


class Watched:
    """Events to show, in batches as they arrive.

    Attributes
    ----------
    n_foreign : int
        Records that were no events of ours.
    """

    def __init__(self, follower: Follower, pattern: str, seconds: float | None) -> None:
        self._follower = follower
        self._pattern = pattern
        self._end_s = None if seconds is None else time.monotonic() + seconds
        self.n_foreign = 0

    def __iter__(self) -> Iterator[list[tuple[bytes, AnyEvent, int]]]:
        """Yield new events at least once a second, maybe none."""
        while True:
            left_s = POLL_S if self._end_s is None else self._end_s - time.monotonic()
            if left_s <= 0:
                return
            found = map(self._read, self._follower.poll(min(POLL_S, left_s)))
            yield [event for event in found if event is not None]

    def _read(self, record: ConsumerRecord) -> tuple[bytes, AnyEvent, int] | None:
        value = record.value or b""
        try:
            event = decode_event(value)
        except DataError:
            self.n_foreign += 1
            return None
        return (value, event, record.timestamp) if fnmatch.fnmatchcase(event.series, self._pattern) else None


def _show(
    table: EpisodeTable, watched: Watched, n_max: int | None, console: Console, settings: Settings, start: Moment
) -> None:
    """Show the table live on a terminal; leave it printed at the end, there and elsewhere."""
    place = f"{settings.brokers}, topic {settings.anomalies_topic}"
    since = time.time_ns() // 1_000_000 - LOOK_BACK_MS if start == "latest" else start
    silence_logs()
    inbox = Inbox([(event, published_ms) for _, event, published_ms in events] for events in watched)
    with closing(inbox), ControlReader(settings, table.show_control):
        inbox.start(settings, since)
        try:
            if console.is_terminal:
                show_live(inbox, table, n_max, console, place, since)
            else:
                collect(inbox, table, n_max)
        finally:
            table.note = describe(inbox.vitals, place, since)
            console.print(table.render(console.width, max(1, console.height - N_LINES_AROUND)))


def _print_lines(watched: Watched, n_max: int | None) -> None:
    n_printed = 0
    for events in watched:
        for value, _, _ in events:
            click.echo(value)
            n_printed += 1
            if n_printed == n_max:
                return


def nothing_yet(start: Moment, n_before: int, pattern: str = "*") -> str:
    """Describe an empty table, and how to see older events."""
    events = "events" if pattern == "*" else f"events of {pattern}"
    if start == "beginning":
        return f"connected; 0 {events} on the topic yet"
    since = "since now" if start == "latest" else f"since {format_date_time(int(start))} UTC"
    older = f"; {n_before:,} older ones on the topic: try --from beginning" if n_before else ", nor any before"
    return f"connected; 0 {events} published {since}{older}"
