"""What was tolerated in messages: counted in the metrics, and each kind logged once."""

from __future__ import annotations

from typing import Final

import structlog

from stream.formats.tolerant.counts import Tolerance, Tolerated
from stream.worker.observability.metrics import Metrics

TEXTS: Final = {
    Tolerance.UNKNOWN_FIELD: "fields other than series, timestamp, value and points are passed over",
    Tolerance.QUOTED_NUMBER: "a text that writes a number is that number",
    Tolerance.BOOLEAN: "true is 1, false is 0",
    Tolerance.MISSING_VALUE: "null, NaN, an infinity or a text such as n/a is no point and harms no other",
    Tolerance.SECONDS: "timestamps of this size are seconds; set timestamp_unit if that is wrong",
    Tolerance.MICROSECONDS: "timestamps of this size are microseconds; set timestamp_unit if that is wrong",
    Tolerance.NANOSECONDS: "timestamps of this size are nanoseconds; set timestamp_unit if that is wrong",
    Tolerance.WITHOUT_OFFSET: "timestamps without an offset are in the zone of the setting timezone",
}

log = structlog.get_logger()


class ToleranceLog:
    """Count what was tolerated; log the first of each kind.

    Parameters
    ----------
    topic : str
        Where the messages are from.
    metrics : Metrics
    """

    def __init__(self, topic: str, metrics: Metrics) -> None:
        self._topic = topic
        self._metrics = metrics
        self._known: set[Tolerance] = set()

    def add(self, tolerated: Tolerated) -> None:
        """Count what was tolerated in some messages."""
        for kind, n in tolerated.kinds.items():
            self._metrics.tolerated.labels(kind).inc(n)
            if kind not in self._known:
                self._known.add(kind)
                fields = {"fields": sorted(tolerated.unknown_fields)} if kind == Tolerance.UNKNOWN_FIELD else {}
                log.info("input tolerated", topic=self._topic, kind=kind.value, **fields, text=TEXTS[kind])
