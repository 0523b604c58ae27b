"""Live table of `streamgauge watch`: events and vitals come from threads, keys from the terminal."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from queue import SimpleQueue
from typing import Final

import structlog
from kafka.errors import KafkaError
from rich.console import Console
from rich.text import Text

from stream.cli.watch.detail import render_detail
from stream.cli.watch.episode_table import EpisodeTable
from stream.cli.watch.screen import TerminalScreen, keys
from stream.cli.watch.selection import Selection
from stream.errors import StreamgaugeError
from stream.events.anomalies import AnyEvent
from stream.events.text import format_count, format_duration, format_time
from stream.kafka.connection import connect
from stream.kafka.topics.offset_range import Moment
from stream.page.vitals import ADVICE, Vitals, VitalsReader
from stream.settings.settings import Settings
from stream.terminal import wrap

DRAWN_EVERY_S: Final = 1.0
VITALS_EVERY_S: Final = 10.0
VITALS_WITHIN_S: Final = 10.0
CLOSED_WITHIN_S: Final = 5.0

Published = tuple[AnyEvent, int]
"""An event, and when it was published."""


class Inbox:
    """What threads bring; a descriptor becomes readable with it.

    Parameters
    ----------
    events : iterable of list of Published
        Read to its end in a thread of its own.
    """

    def __init__(self, events: Iterable[list[Published]]) -> None:
        self._events = events
        self._queue: SimpleQueue[list[Published]] = SimpleQueue()
        self.readable, self._writable = os.pipe()
        self.is_ended = False
        self.error: BaseException | None = None
        self.vitals: Vitals | None = None
        self._has_vitals = threading.Event()
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._read, name="events", daemon=True)

    def start(self, settings: Settings, dead_letters_since: Moment) -> None:
        """Start the threads."""
        self._thread.start()
        arguments = (VitalsReader(settings, connect, dead_letters_since),)
        threading.Thread(target=self._ask, args=arguments, name="vitals", daemon=True).start()

    def close(self) -> None:
        """Stop reading, and wait until nothing is read any more."""
        self._is_closed.set()
        self._thread.join(CLOSED_WITHIN_S)

    def take(self) -> list[Published]:
        """Return the events that came since the last call.

        Raises
        ------
        BaseException
            What ended the reading.
        """
        if self.error is not None:
            raise self.error
        found: list[Published] = []
        while not self._queue.empty():
            found += self._queue.get()
        return found

    def notify(self) -> None:
        """Make the descriptor readable."""
        with suppress(OSError):
            os.write(self._writable, b"x")

    def wait_for_vitals(self) -> None:
        """Wait for the first vitals, but not for ever."""
        self._has_vitals.wait(VITALS_WITHIN_S)

    def wait(self) -> None:
        """Wait until something came."""
        os.read(self.readable, 4096)

    def _read(self) -> None:
        try:
            for events in self._events:
                if self._is_closed.is_set():
                    break
                if events:
                    self._queue.put(events)
                    self.notify()
        except (StreamgaugeError, KafkaError) as error:
            self.error = error
        self.is_ended = True
        self.notify()

    def _ask(self, reader: VitalsReader) -> None:
        while not self._is_closed.is_set():
            self.vitals = reader.read()
            self._has_vitals.set()
            self.notify()
            self._is_closed.wait(VITALS_EVERY_S)
        reader.close()


def show_live(
    inbox: Inbox, table: EpisodeTable, n_max: int | None, console: Console, place: str, since: Moment
) -> None:
    """Show the table until events end, `q`, or `n_max` events.

    Parameters
    ----------
    place : str
        What it is connected to.
    since : Moment
        From when on dead letters are counted.
    """
    selection, n_shown, drawn = Selection(), 0, None
    with TerminalScreen(console, inbox.readable) as screen:
        while not selection.is_done and not inbox.is_ended:
            for event, published_ms in inbox.take():
                n_shown += table.add(event, published_ms)
                if n_shown == n_max:
                    return
            table.note = describe(inbox.vitals, place, since)
            wanted = (table.signature(), str(selection), console.size)
            if wanted != drawn:
                screen.paint(draw(table, selection, console.width, console.height))
                drawn = wanted
            for key in keys(screen.wait(DRAWN_EVERY_S)):
                selection.press(key, table.shown(selection))


def silence_logs() -> None:
    """Keep log lines off the screen; what is wrong stands in its last line."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


def collect(inbox: Inbox, table: EpisodeTable, n_max: int | None) -> None:
    """Add events to the table until they end, or `n_max` have come."""
    n_shown = 0
    while n_shown != n_max:
        is_last = inbox.is_ended
        for event, published_ms in inbox.take():
            if n_shown != n_max:
                n_shown += table.add(event, published_ms)
        if is_last:
            break
        if n_shown != n_max:
            inbox.wait()
    inbox.wait_for_vitals()


def draw(table: EpisodeTable, selection: Selection, width: int, height: int) -> Text:
    """Draw the table or one episode, and the line of keys at the bottom."""
    below = Text(wrap(selection.line(), width), "dim")
    n_lines = height - 1 - below.plain.count("\n")
    chosen = table.log.get(selection.chosen or "")
    if selection.shows_detail and chosen is not None:
        above = render_detail(chosen, table.control, width, time.time_ns() // 1_000_000)
    else:
        above = table.render(width, n_lines, selection)
    return Text("\n").join([above, *[Text("")] * max(0, n_lines - 1 - above.plain.count("\n")), below])


def describe(vitals: Vitals | None, place: str, since: Moment) -> str:
    """Describe what the table is connected to, and how that is."""
    if vitals is None:
        return f"connected to {place}"
    if vitals.problem:
        return f"not connected to {place}: {vitals.problem}"
    parts = [f"connected to {place}"]
    if vitals.n_workers is not None:
        parts.append(format_count(vitals.n_workers, "worker"))
    if vitals.lag is not None:
        parts.append(f"lag {vitals.lag:,}")
    if vitals.last_ms is not None:
        parts.append(f"last point {format_duration(max(0, vitals.at_ms - vitals.last_ms))} ago")
    if vitals.n_dead_letters:
        from_then = "" if isinstance(since, str) else f" since {format_time(since)} UTC"
        parts.append(f"{format_count(vitals.n_dead_letters, 'message')} dead-lettered{from_then}: {ADVICE}")
    return "; ".join(parts)
