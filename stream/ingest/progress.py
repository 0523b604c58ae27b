"""What ingest reports: a line a minute in the log, dead letters, metrics."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from prometheus_client import CollectorRegistry

from stream.events.dead_letter import DeadLetter
from stream.events.dead_letter_log import DeadLetterLog
from stream.formats.rejections import BadMessageError
from stream.ingest.metrics import IngestMetrics

EVERY_S: Final = 60.0

log = structlog.get_logger(__name__)


class Progress:
    """Counts, and logs at most a line a minute."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._metrics = IngestMetrics(registry)
        self._dead_letters = DeadLetterLog()
        self._logged_s = time.monotonic()
        self._unknown_fields: dict[str, Counter[str]] = {}
        self._n_messages = self._n_points = self._n_behind = self._n_refused = self._n_refused_logged = 0

    def add(self, n_messages: int, n_points: int, letters: Sequence[tuple[BadMessageError, DeadLetter]]) -> None:
        """Count what some messages became."""
        self._n_messages += n_messages
        self._n_points += n_points
        self._metrics.messages.inc(n_messages)
        self._metrics.points.inc(n_points)
        for bad, _ in letters:
            self._metrics.dead_letters.labels(bad.reason).inc()
        self._dead_letters.add(letters)

    def add_unknown_fields(self, counts: Mapping[str, Counter[str]]) -> None:
        """Count fields that were passed over, by topic and field."""
        for topic, fields in counts.items():
            self._metrics.unknown_fields.inc(fields.total())
            self._unknown_fields.setdefault(topic, Counter()).update(fields)

    def set_behind(self, n_messages: int) -> None:
        """Note how many messages are still to be written."""
        self._n_behind = n_messages
        self._metrics.behind.set(n_messages)

    def report(self, n_refused: int, *, at_once: bool = False) -> None:
        """Log what was read since the last line, once a minute or at once; called every second or so.

        Parameters
        ----------
        n_refused : int
            Points of new series above the limit, since the start.
        """
        self._metrics.refused_series.inc(n_refused - self._n_refused)
        self._n_refused = n_refused
        self._dead_letters.report(at_once=at_once)
        seconds = time.monotonic() - self._logged_s
        if seconds >= EVERY_S or at_once:
            self._log(seconds)

    def _log(self, seconds: float) -> None:
        log.info(
            "ingested",
            messages=self._n_messages,
            points=self._n_points,
            points_per_second=round(self._n_points / seconds) if seconds else 0,
            behind=self._n_behind,
        )
        if self._n_refused > self._n_refused_logged:
            log.warning(
                "too many new series: points left out",
                n=self._n_refused - self._n_refused_logged,
                advice="drop the label that makes them (--drop-label), or raise --new-series",
            )
        for topic, fields in self._unknown_fields.items():
            log.info("unknown fields passed over", topic=topic, fields=dict(fields.most_common()))
        self._unknown_fields.clear()
        self._logged_s, self._n_refused_logged = time.monotonic(), self._n_refused
        self._n_messages = self._n_points = 0
