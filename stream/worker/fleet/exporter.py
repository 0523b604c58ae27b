"""Fleet metrics: open episodes, silent series, anomaly rate."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from prometheus_client import Counter

from stream.events.episodes import severity_name
from stream.worker.fleet.open_episodes import OpenEpisodes
from stream.worker.observability.metrics import Metrics

EVERY_S: Final = 5.0
"""Between two looks at the state, which take some 6 ms for 100,000 series."""

RATE_OVER_S: Final = 300.0


class Totals(NamedTuple):
    """Points counted up to a moment."""

    at_s: float
    scored: float
    anomalous: float


class FleetExporter:
    """Export what the series of this worker are like.

    Parameters
    ----------
    metrics : Metrics
    episodes : OpenEpisodes
    max_open : int
        Most open episodes that are exported with the name of their series; 0 for none.
    clock_s : callable, optional
        Monotonic seconds.
    """

    def __init__(
        self,
        metrics: Metrics,
        episodes: OpenEpisodes,
        max_open: int,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics, self._episodes, self._max_open = metrics, episodes, max_open
        self._clock_s = clock_s
        self._totals: deque[Totals] = deque([self._count(clock_s())])
        self._exported: set[tuple[str, str, str]] = set()
        self._next_s = clock_s()

    def update(self) -> None:
        """Set the metrics if they are due; called every second or so, in the thread that changes the state."""
        now_s = self._clock_s()
        if now_s < self._next_s:
            return
        self._next_s = now_s + EVERY_S
        self._set_episodes()
        self._metrics.series_silent.set(self._episodes.n_silent())
        self._metrics.anomaly_rate.set(self._rate(now_s))

    def _set_episodes(self) -> None:
        slots = self._episodes.slots()
        for severity, n in self._episodes.n_by_severity(slots).items():
            self._metrics.open_episodes.labels(severity_name(severity)).set(n)
        peaks: dict[tuple[str, str, str], float] = {
            (each.series, each.feature or "", severity_name(each.severity)): each.peak_score
            for each in self._episodes.worst(slots, self._max_open)
        }
        for labels, peak_score in peaks.items():
            self._metrics.open_episode_peak_score.labels(*labels).set(peak_score)
        for labels in self._exported - peaks.keys():
            self._metrics.open_episode_peak_score.remove(*labels)
        self._exported = set(peaks)

    def _rate(self, now_s: float) -> float:
        """Return the share of anomalous points since the oldest totals."""
        self._totals.append(self._count(now_s))
        while now_s - self._totals[0].at_s > RATE_OVER_S:
            self._totals.popleft()
        first, last = self._totals[0], self._totals[-1]
        n_scored = last.scored - first.scored
        return (last.anomalous - first.anomalous) / n_scored if n_scored else 0.0

    def _count(self, now_s: float) -> Totals:
        return Totals(now_s, _value(self._metrics.scored), _value(self._metrics.anomalous))


def _value(counter: Counter) -> float:
    """Return what a counter without labels shows."""
    (metric,) = counter.collect()
    return float(metric.samples[0].value)
