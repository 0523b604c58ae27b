"""Prometheus metrics of ingest."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class IngestMetrics:
    """All metrics of ingest.

    Parameters
    ----------
    registry : CollectorRegistry
        The worker's, where both are one process.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.messages = Counter("streamgauge_ingest_messages", "Messages read from source topics.", registry=registry)
        self.points = Counter("streamgauge_ingest_points", "Points written to the metrics topic.", registry=registry)
        self.dead_letters = Counter(
            "streamgauge_ingest_dead_letters", "Messages dead-lettered by ingest.", ["reason"], registry=registry
        )
        self.refused_series = Counter(
            "streamgauge_ingest_refused_series_points",
            "Points left out because too many series were new in a minute.",
            registry=registry,
        )
        self.unknown_fields = Counter(
            "streamgauge_ingest_unknown_fields", "Fields of native messages passed over.", registry=registry
        )
        self.behind = Gauge(
            "streamgauge_ingest_lag", "Messages of source topics not yet written as points.", registry=registry
        )
