"""One run of the demo, from the start of the broker to the summary."""

from __future__ import annotations

import tempfile
import time
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from stream.cli.demo.playback import Playback
from stream.cli.demo.reporter import Reporter
from stream.cli.demo.scene.labels import Labelled, compare
from stream.cli.demo.scene.results import match_faults
from stream.cli.demo.scene.scene import Scene
from stream.cli.demo.scene.series import DemoSeries
from stream.cli.demo.summary import Summary
from stream.errors import FaultsMissedError
from stream.kafka.sender import Sender
from stream.testing.environment import BrokerSetup
from stream.testing.watcher import Watcher
from stream.testing.worker_process import worker


@dataclass(frozen=True, slots=True)
class DemoRun:
    """What is played."""

    scene: Scene
    """May be without series."""
    own: tuple[DemoSeries, ...]
    """The user's."""
    pace_s: float
    """Seconds over which the points are spread; 0 for as fast as the worker goes."""
    labelled: Labelled | None = None
    """A series with labelled anomalies."""

    def run(self, broker: AbstractContextManager[BrokerSetup], reporter: Reporter) -> None:
        """Play it.

        Raises
        ------
        FaultsMissedError
            If a planted fault was not found.
        StreamgaugeError
            If broker or worker fail.
        """
        labelled = () if self.labelled is None else (self.labelled.series,)
        series = (*self.scene.series, *labelled, *self.own)
        playback = _play(series, self.pace_s, broker, reporter)
        others = [event for event in playback.events if event.series not in {one.name for one in labelled}]
        outcome = match_faults(self.scene, others)
        summary = Summary(
            outcome,
            n_series=len(series),
            n_own_series=len(self.own),
            n_points=_n_points(series),
            n_refused=playback.n_refused,
            seconds=playback.seconds,
            pace_s=self.pace_s,
            comparison=None if self.labelled is None else compare(self.labelled, playback.events),
        )
        reporter.finish(summary)
        if outcome.missed:
            raise FaultsMissedError(f"not found: {', '.join(fault.kind for fault in outcome.missed)}")


def _play(
    series: tuple[DemoSeries, ...], pace_s: float, broker: AbstractContextManager[BrokerSetup], reporter: Reporter
) -> Playback:
    with ExitStack() as stack:
        setup = stack.enter_context(broker)
        reporter.note(f"broker at {setup.settings.brokers}; starting a worker ...")
        started = time.monotonic()
        log = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="streamgauge-demo-"))) / "worker.log"
        scorer = stack.enter_context(worker(setup.environment, log))
        scorer.wait_ready(reporter.note)
        ready_s = time.monotonic() - started
        reporter.note(
            f"worker ready after {ready_s:.1f} s; publishing {_n_points(series):,} points of {len(series)} series"
        )
        watcher = stack.enter_context(Watcher(setup.settings))
        sender = Sender(setup.settings, setup.settings.metrics_topic, batch=1, rate=None)
        playback = Playback(scorer, sender, watcher, reporter)
        playback.play(series, pace_s)
        return playback


def _n_points(series: tuple[DemoSeries, ...]) -> int:
    return sum(len(one.values) for one in series)
