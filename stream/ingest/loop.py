"""The loop of `streamgauge ingest`: read, write, wait for the broker, commit."""

from __future__ import annotations

import signal
import time
from collections.abc import Collection

import structlog
from kafka.errors import CommitFailedError, KafkaError, RebalanceInProgressError

from stream.errors import BrokerUnreachableError
from stream.ingest.batch_reader import BatchReader
from stream.ingest.progress import Progress
from stream.ingest.reading import Reading, group_id
from stream.ingest.samples.new_series import NewSeriesLimit
from stream.ingest.samples.series_names import SeriesNames
from stream.ingest.sources import Sources
from stream.ingest.writing import Writing
from stream.settings.settings import Settings

log = structlog.get_logger(__name__)


class Stop:
    """Whether SIGTERM or Ctrl-C was received; messages in hand are finished."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        self.asked = True


def run(settings: Settings, sources: Sources, drop_labels: Collection[str], new_series: int) -> None:
    """Read until asked to end.

    Every point is written at least once: offsets are committed after the broker has acknowledged all points of the
    messages before them. What is written twice after a kill has the same series and timestamp, and workers know
    repeats by that.

    Parameters
    ----------
    settings : Settings
    sources : Sources
    drop_labels : collection of str
        Labels that are no part of a series' name.
    new_series : int
        New series a minute that are admitted.

    Raises
    ------
    BrokerUnreachableError, TopicError
        If the broker takes or gives nothing any more.
    """
    stop, progress = Stop(), Progress()
    limit = NewSeriesLimit(new_series, time.monotonic())
    batch_reader = BatchReader(sources, SeriesNames(drop_labels), limit, settings.future_tolerance_s)
    reading, writing = Reading(settings, sources), Writing(settings)
    log.info("reading", topics=sources.names, group=group_id(settings), to=settings.metrics_topic)
    try:
        while not stop.asked:
            _turn(reading, batch_reader, writing, progress)
            progress.log(reading.n_behind(), limit.n_refused)
        progress.log(reading.n_behind(), limit.n_refused, now=True)
    except KafkaError as error:
        raise BrokerUnreachableError(f"the broker gives no answer: {type(error).__name__}: {error}") from error
    finally:
        reading.close()
        writing.close()


def _turn(reading: Reading, batch_reader: BatchReader, writing: Writing, progress: Progress) -> None:
    """Take some messages from the source topics to the metrics topic, and commit them."""
    records = reading.gather()
    if not records:
        return
    batch = batch_reader.read(records, round(1000 * time.time()), time.monotonic())
    writing.write(batch)
    progress.add(len(records), batch)
    try:
        reading.commit(records)
    except (CommitFailedError, RebalanceInProgressError):
        log.warning("the partitions went to another while these messages were written; it writes them again")
