"""Prometheus metrics of a worker; only open episodes name their series."""

from __future__ import annotations

from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector

from stream import __version__
from stream.events.episodes import SEVERITIES, EpisodeState
from stream.events.silences import SilenceState
from stream.formats.rejections import Reason
from stream.formats.tolerant.counts import Tolerance

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """All metrics of a worker, in one registry.

    Attributes
    ----------
    registry : CollectorRegistry
        What `/metrics` prints.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.points = self._counter("points", "Points received in messages that could be read.")
        self.scored = self._counter("scored", "Points that got a score.")
        self.anomalous = self._counter("anomalous", "Scored points that were anomalous.")
        self.warming = self._counter("warming", "Points of keys that were warming up.")
        self.filling = self._counter("filling", "Points whose window was not yet complete.")
        self.resets = self._counter("reset", "Points with which a counter began anew: they have no rate.")
        self.late = self._counter("late", "Points older than their key's newest: counted, not scored.")
        self.duplicate = self._counter("duplicate", "Points with the time of their key's newest: dropped.")
        self.imputed = self._counter("imputed", "Missing points that the forecast stood in for.")
        self.gaps = self._counter("gap", "Holes found in regularly sampled series.")
        self.expired = self._counter("expired_messages", "Messages that retention deleted before we read them.")
        self.replayed = self._counter("replayed_messages", "Messages that the state had already seen: skipped.")
        self.dead_letters = self._counter("dead_letters", "Messages dead-lettered.", "reason")
        self.tolerated = self._counter("tolerated", "What was not as documented and read all the same.", "kind")
        self.episodes = self._counter("episodes", "Episode events published, by highest severity.", "state", "severity")
        self.pending = self._counter("pending", "Alarms that a rule asks to last before they open an episode.")
        self.silences = self._counter("silences", "Events published of series that fell silent or came back.", "state")
        self.suppressed = self._counter(
            "suppressed", "Alarms and silences that a rule, a limit or a backfill kept back.", "reason"
        )
        self.maintenance = self._counter("maintenance", "Points put aside in a maintenance of their series.")
        self.evicted = self._counter("series_evicted", "Series forgotten at the cap: idle for many of their intervals.")
        self.waiting = self._counter("waiting_points", "Points of series for which there is no room: not scored.")
        self.misplaced = self._counter(
            "misplaced_series", "Series whose first message came in another partition than murmur2 of the key gives."
        )
        self.split = self._counter("split_series", "Series whose messages came in two partitions.")
        self.damaged = self._counter("damaged_state_records", "State records that were not as they had been written.")
        self.rebalances = self._counter("rebalances", "Times that the group handed out partitions.")
        self.rule_changes = self._gauge("rule_changes", "Changes of rules and verdicts put into force since the start.")
        self.series = self._gauge("series", "Series held.")
        self.series_limit = self._gauge("series_limit", "Series from which on new ones wait.")
        self.series_waiting = self._gauge("series_waiting", "Series that waited for room in the last minutes.")
        self.series_silent = self._gauge("series_silent", "Series whose points have stopped.")
        self.open_episodes = self._gauge("open_episodes", "Open episodes, by highest severity.", "severity")
        self.open_episode_peak_score = self._gauge(
            "open_episode_peak_score",
            "Highest score of each open episode, of the worst ones alone.",
            *("series", "feature", "severity"),
        )
        self.anomaly_rate = self._gauge("anomaly_rate", "Share of the points scored in 5 minutes that were anomalous.")
        self.ready = self._gauge("ready", "Whether points are being read: 1 or 0, as /readyz answers.")
        self.lag = self._gauge("consumer_lag", "Messages not yet behind a checkpoint.", "partition")
        self.batch_seconds = self._histogram("batch_seconds", "Time to score one chunk of messages.")
        self.checkpoint_seconds = self._histogram("checkpoint_seconds", "Time to make state and outputs durable.")
        self.checkpoint_records = self._counter("checkpoint_records", "State records written to the changelog.")
        Info("streamgauge_build", "Version of streamgauge.", registry=self.registry).info({"version": __version__})
        self.model = Info("streamgauge_model", "Model in use.", registry=self.registry)
        ProcessCollector(registry=self.registry)
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """Export every label of the counters at once: Prometheus sees no increase in one that begins at 1."""
        for reason in Reason:
            self.dead_letters.labels(reason)
        for kind in Tolerance:
            self.tolerated.labels(kind)
        for state in get_args(EpisodeState):
            for severity in SEVERITIES:
                self.episodes.labels(state, severity)
        for state in get_args(SilenceState):
            self.silences.labels(state)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"streamgauge_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"streamgauge_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(f"streamgauge_{name}", text, buckets=SECONDS, registry=self.registry)
