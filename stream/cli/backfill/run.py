"""One backfill: read, check, publish, wait, report."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from stream.cli.backfill.report import Report, SeriesPlan
from stream.cli.echo import echo
from stream.cli.storage.series_reader import read_states
from stream.errors import (
    INTERRUPTED_EXIT_CODE,
    BrokerUnreachableError,
    DataError,
    TopicError,
    WorkerMissingError,
)
from stream.formats.csv.points import Row
from stream.formats.page_from import page_from_header
from stream.history.points import History, HistorySource, SeriesHistory
from stream.kafka import group
from stream.kafka.clients import consumer_options
from stream.kafka.connection import open_connection
from stream.kafka.follower import Follower
from stream.kafka.sender import Sender
from stream.kafka.topics.creation import require
from stream.settings.settings import Settings

LOOK_EVERY_S = 1.0
PATIENCE_S = 60.0
"""Workers that commit nothing for so long, and are in the group no more, are given up."""

MOST_VALUES = 10_000
"""Values of a message, whatever the number of features."""

Offsets = dict[int, tuple[int, int]]
"""First and last offset of our messages, by partition."""

T = TypeVar("T")


class Request(NamedTuple):
    """What was asked for."""

    settings: Settings
    page_from_ms: int
    """Event time from which on points may page."""
    batch: int
    """Points of a message."""
    dry_run: bool
    as_json: bool


class Backfill:
    """One backfill."""

    def __init__(self, request: Request) -> None:
        self._request, self._settings = request, request.settings
        console = Console(stderr=True, quiet=request.as_json, highlight=False, soft_wrap=True)
        self._progress = Progress(
            TextColumn("{task.description:18}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def run(self, sources: Sequence[HistorySource]) -> None:
        """Do it all and print the report.

        Raises
        ------
        DataError
            If there is no point, one of the future, or none that is not late.
        WorkerMissingError, TopicError
            If no worker runs or a topic is missing, unless the settings say to wait.
        """
        with self._progress:
            history = self._read(sources)
            self._wait_for(self._require_topics)
            plans = self._plan(history)
            report = Report(plans, self._settings, self._request.page_from_ms, history.n_missing, history.n_bad)
            if not self._request.as_json:
                for line in report.before():
                    echo(line, indent=2, err=True)
            if not self._request.dry_run:
                self._wait_for(self._require_workers)
                self._publish_and_follow(plans, report)
        echo(json.dumps(report.to_json()) if self._request.as_json else "\n".join(report.series_lines()), indent=6)

    def _read(self, sources: Sequence[HistorySource]) -> History:
        history = History()
        for source in sources:
            task = self._progress.add_task("read", total=source.size)
            source.read(history, partial(self._show, task))
        if not len(history):
            raise DataError(f"{sources[0].name}: expected at least one point, found none")
        return history

    def _show(self, task: TaskID, done: int) -> None:
        self._progress.update(task, completed=done)

    def _plan(self, history: History) -> list[SeriesPlan]:
        """Select the points that no worker would find late."""
        known = self._newest_known()
        latest_ms = round(1000 * (time.time() + self._settings.future_tolerance_s))
        plans = [self._plan_series(series, known, latest_ms) for series in history]
        if not any(len(plan.timestamps_ms) for plan in plans):
            raise DataError(
                f"expected points newer than those that the workers have seen, found {len(history):,} that are all late"
            )
        return plans

    def _plan_series(self, series: SeriesHistory, known: dict[str, tuple[int, int]], latest_ms: int) -> SeriesPlan:
        timestamps_ms, values = series.ordered()
        if timestamps_ms[-1] > latest_ms:
            raise DataError(f"series {series.series}: expected points of the past, found one of the future")
        newest_ms, n_known = known.get(series.series, (-1, 0))
        fresh = timestamps_ms > newest_ms
        n_late, n_repeated = int(np.count_nonzero(~fresh)), len(series.timestamps_ms) - len(timestamps_ms)
        return SeriesPlan(
            series.series, series.features, timestamps_ms[fresh], values[fresh], n_late, n_repeated, n_known
        )

    def _newest_known(self) -> dict[str, tuple[int, int]]:
        """Return the newest stored time and point count per series."""
        known: dict[str, tuple[int, int]] = {}
        try:
            states = read_states(self._settings, lambda _part: None, partial(echo, err=True))
        except TopicError:  # No worker has ever run.
            return known
        for state in states:
            newest = known.get(state.series, (-1, 0))
            known[state.series] = max(newest, (state.timestamp_ms or -1, state.n_points or 0))
        return known

    def _require_topics(self, admin: KafkaAdminClient) -> None:
        for topic in (self._settings.metrics_topic, self._settings.backfill_events):
            require(admin, topic, self._settings)

    def _require_workers(self, admin: KafkaAdminClient) -> None:
        if not group.client_ids(admin, self._settings.app_id):
            raise WorkerMissingError(
                f"expected a worker in group {self._settings.app_id}, found none: start `streamgauge worker`, "
                "or give --wait"
            )

    def _wait_for(self, look: Callable[[KafkaAdminClient], None]) -> None:
        """Check once, or with --wait until it succeeds."""
        with open_connection(self._settings, partial(echo, err=True)) as admin:
            notified = False
            while True:
                try:
                    look(admin)
                except (TopicError, WorkerMissingError) as missing:
                    if not self._settings.broker_wait:
                        raise
                    if not notified:
                        echo(f"waiting: {missing}", err=True)
                    notified = True
                    time.sleep(LOOK_EVERY_S)
                else:
                    return

    def _publish_and_follow(self, plans: list[SeriesPlan], report: Report) -> None:
        published = False
        try:
            with Follower(self._settings, self._settings.backfill_events, "latest") as follower:
                offsets = self._publish(plans)
                published = True
                self._wait_until_scored(offsets)
                for record in follower.catch_up():
                    report.add(record, offsets)
        except KeyboardInterrupt:
            done = "everything is published, and the workers go on" if published else "a part is published"
            echo(f"interrupted: {done}; the same command again leaves out what they have seen", err=True)
            sys.exit(INTERRUPTED_EXIT_CODE)
        except KafkaError as error:
            raise BrokerUnreachableError(f"the broker gave no answer while workers were waited for: {error}") from error

    def _publish(self, plans: list[SeriesPlan]) -> Offsets:
        """Publish all series in turns, one message each."""
        senders: dict[tuple[str, ...], Sender] = {}
        headers = [page_from_header(self._request.page_from_ms)]
        task = self._progress.add_task("published", total=sum(len(plan.timestamps_ms) for plan in plans))
        for plan, rows in _in_turn(plans, self._request.batch):
            sender = senders.get(plan.features)
            if sender is None:
                batch = max(1, min(self._request.batch, MOST_VALUES // max(1, len(plan.features))))
                sender = Sender(self._settings, self._settings.metrics_topic, batch, None, plan.features, headers)
                senders[plan.features] = sender
            for row in rows:
                sender.send(row)
            self._progress.advance(task, len(rows))
        offsets: Offsets = {}
        for sender in senders.values():
            for partition, (first, last) in sender.finish().offsets.items():
                before = offsets.get(partition, (first, last))
                offsets[partition] = min(first, before[0]), max(last, before[1])
            sender.raise_failure()
        return offsets

    def _wait_until_scored(self, offsets: Offsets) -> None:
        """Wait until the group has committed all our messages."""
        settings, n_messages = self._settings, sum(last - first + 1 for first, last in offsets.values())
        task = self._progress.add_task("scored", total=n_messages)
        options = consumer_options(settings) | {"enable_auto_commit": False, "group_id": settings.app_id}
        consumer = KafkaConsumer(**options)
        moved_s, n_before = time.monotonic(), n_messages
        try:
            while n_left := sum(_n_left(consumer, settings.metrics_topic, *each) for each in offsets.items()):
                self._progress.update(task, completed=n_messages - n_left)
                if n_left < n_before:
                    moved_s, n_before = time.monotonic(), n_left
                if time.monotonic() - moved_s > PATIENCE_S:
                    self._wait_for(self._require_workers)
                time.sleep(LOOK_EVERY_S)
            self._progress.update(task, completed=n_messages)
        finally:
            consumer.close()


def _n_left(consumer: KafkaConsumer, topic: str, partition: int, of: tuple[int, int]) -> int:
    """Count our offsets that the group has not committed."""
    first, last = of
    committed = consumer.committed(TopicPartition(topic, partition)) or 0
    return max(0, last + 1 - max(first, committed))


def _in_turn(plans: Iterable[SeriesPlan], batch: int) -> Iterator[tuple[SeriesPlan, list[Row]]]:
    """Yield batches of all series in turns."""
    waiting, start = [plan for plan in plans if len(plan.timestamps_ms)], 0
    while waiting:
        for plan in waiting:
            yield plan, plan.rows(start, start + batch)
        start += batch
        waiting = [plan for plan in waiting if len(plan.timestamps_ms) > start]
