"""The programme: what is played, from the setting of the stage to the summary."""

from __future__ import annotations

import tempfile
import time
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from stream.cli.demo.playback import Performance
from stream.cli.demo.reporter import Audience
from stream.cli.demo.scene.labels import compare
from stream.cli.demo.scene.nab import Labelled
from stream.cli.demo.scene.results import reckon
from stream.cli.demo.scene.scene import Scene
from stream.cli.demo.scene.series import Series
from stream.cli.demo.summary import Summary
from stream.errors import FaultsMissedError
from stream.kafka.sender import Sender
from stream.testing.environment import Stage
from stream.testing.watcher import Watcher
from stream.testing.worker_process import worker


@dataclass(frozen=True, slots=True)
class Programme:
    """What is played.

    Attributes
    ----------
    scene : Scene
        May be without series.
    own : tuple of Series
        The user's.
    pace_s : float
        Seconds over which the points are spread; 0 for as fast as the worker goes.
    labelled : Labelled or None
        A series with labelled anomalies.
    """

    scene: Scene
    own: tuple[Series, ...]
    pace_s: float
    labelled: Labelled | None = None

    def run(self, stage: AbstractContextManager[Stage], audience: Audience) -> None:
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
        performance = _perform(series, self.pace_s, stage, audience)
        others = [event for event in performance.events if event.series not in {one.name for one in labelled}]
        reckoning = reckon(self.scene, others)
        summary = Summary(
            reckoning,
            n_series=len(series),
            n_own_series=len(self.own),
            n_points=_n_points(series),
            n_refused=performance.n_refused,
            seconds=performance.seconds,
            pace_s=self.pace_s,
            comparison=None if self.labelled is None else compare(self.labelled, performance.events),
        )
        audience.conclude(summary)
        if reckoning.missed:
            raise FaultsMissedError(f"not found: {', '.join(fault.kind for fault in reckoning.missed)}")


def _perform(
    series: tuple[Series, ...], pace_s: float, stage: AbstractContextManager[Stage], audience: Audience
) -> Performance:
    with ExitStack() as stack:
        play_on = stack.enter_context(stage)
        audience.say(f"broker at {play_on.settings.brokers}; starting a worker ...")
        started = time.monotonic()
        log = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="streamgauge-demo-"))) / "worker.log"
        scorer = stack.enter_context(worker(play_on.environment, log))
        scorer.wait_ready(audience.say)
        ready_s = time.monotonic() - started
        audience.say(
            f"worker ready after {ready_s:.1f} s; publishing {_n_points(series):,} points of {len(series)} series"
        )
        watcher = stack.enter_context(Watcher(play_on.settings))
        sender = Sender(play_on.settings, play_on.settings.metrics_topic, batch=1, rate=None)
        performance = Performance(scorer, sender, watcher, audience)
        performance.play(series, pace_s)
        return performance


def _n_points(series: tuple[Series, ...]) -> int:
    return sum(len(one.values) for one in series)
