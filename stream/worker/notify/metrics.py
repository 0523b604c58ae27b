"""Prometheus metrics of a notifier."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from stream import __version__

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

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"streamgauge_{name}", text, labels, registry=self.registry)
