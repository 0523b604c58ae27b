"""NAB through a broker: files published, scored by workers, and put back into the rows of their file."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec
import numpy as np
from msgspec import UNSET
from rich.console import Console

from stream.detection.arrays import Float64, Int64
from stream.errors import StreamgaugeError
from stream.events.episodes import EpisodeEvent, ScoredPoint, Severity
from stream.formats.csv.points import Row
from stream.kafka.connection import open_connection
from stream.kafka.follower import Follower
from stream.kafka.sender import Sender
from stream.kafka.topics.creation import create
from stream.settings.settings import Settings
from stream.testing.environment import delete_topics, worker_environment
from stream.testing.watcher import Watcher
from stream.testing.worker_process import Worker, worker
from training.evaluation.nab.backtest import ScoredFile, fresh_rows
from training.evaluation.nab.corpus import File
from training.evaluation.shared import counting

COLUMNS = ("score", "expected", "lower", "upper")

PAGING_REASONS = ("worse", "again", "different")
"""Reasons of an update that calls a person."""

N_WORKERS = 2
"""And as many partitions, since a worker scores the series of a partition together."""

POINTS_A_MESSAGE = 10
"""Of one series, then as many of the next: a worker that got the files one after the other would score one series at a
time, and take for each point what otherwise thirty take."""

SHOW_EVERY = 1_000
"""Rows between two steps of the bar."""

PATIENCE_S = 120.0
"""Workers that publish no score for so long are given up."""

RECEIVED: Mapping[str, object] = {"health_host": "127.0.0.1", "health_port": 0, "log_format": "json"}
"""Where the workers can be reached."""

NOT_OURS = frozenset({"instance_id", "rules"})
"""Settings of the user's that are meant for another worker, and for other series."""

_scores = msgspec.json.Decoder(ScoredPoint)


def scored_file_of(file: File, scores: Sequence[ScoredPoint], episodes: Sequence[EpisodeEvent]) -> ScoredFile:
    """Put scores and events of episodes into the rows of their file.

    Parameters
    ----------
    scores : sequence of ScoredPoint
        Of this series, in the order of the topic.
    episodes : sequence of EpisodeEvent
        Events of this series, in the order of the topic.

    Raises
    ------
    StreamgaugeError
        If the scores are not about the rows that were sent, each once and in their order.
    """
    rows = fresh_rows(file)
    sent = list(zip(file.timestamps_ms[rows].tolist(), file.values[rows].tolist(), strict=True))
    if [(score.timestamp, score.value) for score in scores] != sent:
        raise StreamgaugeError(
            f"{file.name}: expected the scores of {len(sent):,} points in their order, found {len(scores):,} of others"
        )
    columns = np.full((len(COLUMNS), file.n_rows), np.nan)
    for column, name in zip(columns, COLUMNS, strict=True):
        column[rows] = [np.nan if (value := getattr(score, name)) is None else value for score in scores]
    row_of = {timestamp_ms: row for (timestamp_ms, _), row in zip(sent, rows.tolist(), strict=True)}
    opened = [row_of[event.timestamp] for event in episodes if event.state == "open"]
    last = {event.episode: event for event in episodes}.values()  # It counts: a relapse reopens an episode.
    paged = [row_of[event.timestamp] for event in episodes if event.state == "open" or event.reason in PAGING_REASONS]
    return ScoredFile.of(
        file,
        columns,
        opened=opened,
        ended_ms=[event.end for event in last if isinstance(event.end, int)],
        severities=[event.severity if event.peak_severity is UNSET else event.peak_severity for event in last],
        paged=paged,
    )


def n_different(some: ScoredFile, others: ScoredFile) -> int:
    """Count the rows in which two differ, to the bit."""
    pairs = [(getattr(some, name), getattr(others, name)) for name in COLUMNS]
    differs = np.any([_bits(left) != _bits(right) for left, right in pairs], axis=0)
    marks = [np.setxor1d(getattr(some, name), getattr(others, name)) for name in ("opened", "closed", "paged")]
    differs[np.concatenate(marks)] = True
    differs[[row for row, _ in _severities(some) ^ _severities(others)]] = True
    return int(np.count_nonzero(differs))


def _severities(evaluated: ScoredFile) -> set[tuple[int, Severity]]:
    """Return the rows at which episodes open, and how bad each became."""
    return set(zip(evaluated.opened.tolist(), evaluated.severities, strict=False))


def _bits(values: Float64) -> Int64:
    """Return the bits of numbers, of which all that are none are alike."""
    return np.where(np.isnan(values), np.nan, values).view(np.int64)


def score_through_kafka(settings: Settings, files: Sequence[File], warmup: int, console: Console) -> list[ScoredFile]:
    """Publish the files and collect two workers' scores of every row.

    Parameters
    ----------
    settings : Settings
        Of the connection and the model; the topics are our own, and deleted at the end. Rules for some series are left
        out: they are meant for others.
    warmup : int
        Records of every series before its first score.
    console : rich.console.Console
        Shows the progress, on a terminal.

    Raises
    ------
    StreamgaugeError
        If the broker cannot be used, a worker ends by itself, or what comes back is not what was sent.
    """
    n_points = sum(len(fresh_rows(file)) for file in files)
    with _own_topics(settings, warmup, console) as own, tempfile.TemporaryDirectory() as logs:
        with ExitStack() as running, Follower(own, own.scores_topic or "", "beginning") as follower:
            environment = worker_environment(own)
            workers = [
                running.enter_context(worker(environment, Path(logs) / f"worker-{number}.log"))
                for number in range(N_WORKERS)
            ]
            for each in workers:
                each.wait_ready()
            _publish(own, files, console)
            with counting(console, "through Kafka", n_points) as progress:
                scores = _collect(follower, workers, n_points, progress)
            # One after the other, the last would first take over what the others leave.
            with ThreadPoolExecutor(N_WORKERS) as stopping:
                list(stopping.map(Worker.stop, workers))
        with Watcher(own) as watcher:
            episodes = list(watcher.drain())
    return [
        scored_file_of(file, scores[file.name], [it for it in episodes if it.series == file.name]) for file in files
    ]


@contextmanager
def _own_topics(settings: Settings, warmup: int, console: Console) -> Iterator[Settings]:
    """Create topics of our own, and delete them on leaving."""
    name = f"streamgauge-nab-{secrets.token_hex(4)}"
    chosen = {field: getattr(settings, field) for field in settings.model_fields_set - NOT_OURS}
    topics = {f"{topic}_topic": f"{name}-{topic}" for topic in ("metrics", "anomalies", "scores", "dead_letter")}
    own_fields = {**topics, "app_id": name, "warmup": warmup, "slow_warmup": warmup, "partitions": N_WORKERS}
    own = Settings.model_validate({**chosen, **RECEIVED, **own_fields})
    with closing(open_connection(own, console.print)) as admin:
        try:
            create(admin, own)
            yield own
        finally:
            delete_topics(admin, name)


def _publish(settings: Settings, files: Sequence[File], console: Console) -> None:
    sender = Sender(settings, settings.metrics_topic, POINTS_A_MESSAGE, rate=None)
    with counting(console, "publishing", sum(file.n_rows for file in files)) as progress:
        for row in _in_turns(files):
            sender.send(row)
            if sender.n_rows % SHOW_EVERY == 0:
                progress(sender.n_rows)
        sender.finish()
        progress(sender.n_rows)
    sender.raise_failure()


def _in_turns(files: Sequence[File]) -> Iterator[Row]:
    """Return a message's worth of rows of each file in turn, until all are given."""
    for start in range(0, max(file.n_rows for file in files), POINTS_A_MESSAGE):
        part = slice(start, start + POINTS_A_MESSAGE)
        for file in files:
            for timestamp_ms, value in zip(file.timestamps_ms[part].tolist(), file.values[part].tolist(), strict=True):
                yield Row(file.name, timestamp_ms, value)


def _collect(
    follower: Follower, workers: list[Worker], n_points: int, progress: Callable[[int], None]
) -> dict[str, list[ScoredPoint]]:
    """Read scores until there is one for every point that is not dropped, by series in their order."""
    scores: dict[str, list[ScoredPoint]] = defaultdict(list)
    n_read, deadline_s = 0, time.monotonic() + PATIENCE_S
    while n_read < n_points:
        for each in workers:
            each.check()
        records = follower.poll(1.0)
        for record in records:
            score = _scores.decode(record.value)
            scores[score.series].append(score)
        n_read += len(records)
        progress(n_read)
        if records:
            deadline_s = time.monotonic() + PATIENCE_S
        elif time.monotonic() > deadline_s:
            raise StreamgaugeError(
                f"expected {n_points:,} scores, found {n_read:,} and none more in {PATIENCE_S:g} s: are the workers "
                "busy with something else?"
            )
    return scores
