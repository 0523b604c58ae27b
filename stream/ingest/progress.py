"""Progress lines in the log of ingest, and what was dead-lettered."""

from __future__ import annotations

import time
from collections import Counter

import structlog

from stream.formats.rejections import BadMessageError, Reason
from stream.ingest.batch_reader import IngestBatch, SourceRecord

EVERY_S = 60.0

log = structlog.get_logger(__name__)


class Progress:
    """Counts, and logs at most a line a minute, beside the first message of a reason that is dead-lettered."""

    def __init__(self) -> None:
        self._logged_s = time.monotonic()
        self._seen: set[tuple[str, Reason]] = set()
        self._reasons: Counter[str] = Counter()
        self._n_messages = self._n_points = self._n_refused_before = 0

    def add(self, n_messages: int, batch: IngestBatch) -> None:
        """Count what some messages became."""
        self._n_messages += n_messages
        self._n_points += batch.n_points
        for record, bad in batch.refused:
            self._reasons[bad.reason] += 1
            self._warn_once(record, bad)

    def log(self, n_behind: int, n_refused: int, now: bool = False) -> None:
        """Log what was read since the last line.

        Parameters
        ----------
        n_behind : int
            Messages that are still to be read.
        n_refused : int
            Samples of new series above the limit, since the start.
        now : bool
            Log in any case, as at the end.
        """
        seconds = time.monotonic() - self._logged_s
        if seconds < EVERY_S and not now:
            return
        rate = round(self._n_points / seconds) if seconds else 0
        log.info("ingested", messages=self._n_messages, points=self._n_points, points_per_second=rate, behind=n_behind)
        if self._reasons:
            log.warning("messages dead-lettered", n=self._reasons.total(), reasons=dict(self._reasons.most_common()))
        if n_refused > self._n_refused_before:
            log.warning(
                "too many new series: points left out",
                n=n_refused - self._n_refused_before,
                advice="drop the label that makes them (--drop-label), or raise --new-series",
            )
        self._logged_s, self._n_refused_before = time.monotonic(), n_refused
        self._n_messages = self._n_points = 0
        self._reasons.clear()

    def _warn_once(self, record: SourceRecord, bad: BadMessageError) -> None:
        if (record.topic, bad.reason) in self._seen:
            return
        self._seen.add((record.topic, bad.reason))
        place = f"{record.topic}/{record.partition}@{record.offset}"
        log.warning("message dead-lettered, the first for this reason", at=place, reason=bad.reason, detail=bad.detail)
