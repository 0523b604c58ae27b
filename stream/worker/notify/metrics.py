"""Prometheus metrics of a notifier."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from stream import __version__

LossReason: TypeAlias = Literal["refused", "expired"]
"""Why a delivery is given up: the receiver has refused it, or has not answered for too long."""

SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class NotifyMetrics:
    """All metrics of a notifier, in one registry.

    Attributes
    ----------
    registry : CollectorRegistry
        What `/metrics` prints.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = self._counter("notify_events", "Events of the anomalies topic that were read.")
        self.foreign = self._counter("notify_foreign", "Records that are no events: skipped.")
        self.sent = self._counter("notifications", "Deliveries that a receiver has taken.", "receiver", "kind")
        self.failures = self._counter("notification_failures", "Tries that failed; they are repeated.", "receiver")
        self.dead_letters = self._counter("notification_dead_letters", "Deliveries given up.", "receiver", "reason")
        self.open = Gauge("streamgauge_notify_open_incidents", "Incidents that are open.", registry=self.registry)
        self.waiting = Gauge(
            "streamgauge_notify_waiting", "Deliveries under way or tried again.", registry=self.registry
        )
        self.seconds = Histogram(
            "streamgauge_notification_seconds", "Time of a delivery.", buckets=SECONDS, registry=self.registry
        )
        Info("streamgauge_build", "Version of streamgauge.", registry=self.registry).info({"version": __version__})

    def add_receiver(self, name: str) -> None:
        """Begin its counters at 0: Prometheus sees no increase in one that begins with 1."""
        self.failures.labels(name)
        for reason in get_args(LossReason):
            self.dead_letters.labels(name, reason)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"streamgauge_{name}", text, labels, registry=self.registry)
