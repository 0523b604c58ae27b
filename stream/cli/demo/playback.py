"""The playback: points go in as fast as the worker keeps up, or at a chosen pace; episodes come out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from stream.cli.demo.reporter import Reporter
from stream.cli.demo.scene.series import DemoSeries, in_slices
from stream.events.episodes import EpisodeEvent
from stream.kafka.sender import Sender
from stream.testing.watcher import Watcher
from stream.testing.worker_process import Worker

N_SLICES = 84
"""Steps in which the series are published: a quarter of a day each for the scene."""

N_AHEAD = 1_000
"""Points that the publisher runs ahead of the worker: two days of the scene. Episodes then come nearly in the order of
their time, and the embedded broker, which keeps 5 MB of a partition, drops nothing unread."""

POLL_S = 0.1
"""Time between two looks at what the worker has done."""


@dataclass(slots=True)
class Playback:
    """Publishes series to a worker, and collects the episodes."""

    worker: Worker
    """Ready."""
    sender: Sender
    """Of messages with one point each, as exporters send them."""
    watcher: Watcher
    reporter: Reporter
    events: list[EpisodeEvent] = field(default_factory=list)
    """All events of episodes seen so far."""
    seconds: float = 0.0
    """From the first point sent until the last one was scored."""
    n_refused: int = 0
    """Points that the worker dead-lettered, such as those of the future."""

    def play(self, series: Sequence[DemoSeries], pace_s: float) -> None:
        """Publish all series, then stop the worker.

        Parameters
        ----------
        pace_s : float
            Seconds over which the points are spread; 0 for as fast as the worker goes.
        """
        n_points = sum(len(one.values) for one in series)
        started = time.monotonic()
        n_sent = 0
        for i, rows in enumerate(in_slices(series, N_SLICES)):
            self._watch_until(n_sent - N_AHEAD, n_points, started + pace_s * i / N_SLICES)
            for row in rows:
                self.sender.send(row)
            n_sent += len(rows)
        self._watch_until(n_points, n_points, started + pace_s)
        self.seconds = time.monotonic() - started
        self.sender.finish()
        self.worker.stop()
        self._note(self.watcher.drain())

    def _watch_until(self, n_points: int, n_all: int, moment: float) -> None:
        """Poll until the worker has processed enough points, or time is up."""
        while True:
            done = self.worker.done()
            self.n_refused = done.n_refused
            self.reporter.progress(sum(done), n_all)
            if sum(done) >= n_points and time.monotonic() >= moment:
                return
            self.worker.check()
            self.sender.raise_failure()
            self._note(self.watcher.events(POLL_S))

    def _note(self, events: Iterable[EpisodeEvent]) -> None:
        for event in events:
            self.events.append(event)
            self.reporter.episode(event)
