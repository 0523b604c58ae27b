"""Admission of new series when the table is full."""

from __future__ import annotations

import time

import numpy as np
import structlog

from stream.detection.arrays import Int64
from stream.worker.keys.key_index import NO_SLOT
from stream.worker.keys.key_table import KeyTable
from stream.worker.keys.staleness import StalenessMonitor
from stream.worker.observability.metrics import Metrics

REPORT_EVERY_MS = 60_000
CHECK_EVERY_MS = 1_000
"""How often it is asked who has been idle for so long that another may have the place: that looks at every series."""

NEARLY_FULL, EASED = 0.9, 0.85
"""Shares of the cap at which it is told that it comes near, and below which it would be told again."""

FRESH_S = 150.0
"""A newcomer that has sent nothing for so long no longer counts as waiting."""

MAX_NAMED = 100_000
"""Different newcomers that are counted between two warnings; there is no end to names that a fault makes up."""

log = structlog.get_logger()


class AdmissionControl:
    """Admits series up to the cap; others wait.

    Parameters
    ----------
    keys : KeyTable
    staleness : StalenessMonitor
        Says who has been idle for long.
    metrics : Metrics
    """

    def __init__(self, keys: KeyTable, staleness: StalenessMonitor, metrics: Metrics) -> None:
        self._keys, self._staleness, self._metrics = keys, staleness, metrics
        self._waiting: set[bytes] = set()
        self._n_reported = 0
        self._waited = -FRESH_S
        self._notified_ms = self._looked_ms = -REPORT_EVERY_MS
        self._nearly_full_reported = False
        metrics.series_limit.set(keys.max_keys)
        metrics.series_waiting.set_function(self.n_waiting)

    def n_waiting(self) -> int:
        """Count the recently active series that wait."""
        return max(len(self._waiting), self._n_reported) if time.monotonic() - self._waited < FRESH_S else 0

    def find(self, partition: int, names: list[bytes], now_ms: int, in_use: Int64) -> Int64:
        """Return each key's slot, or none without room.

        Parameters
        ----------
        partition, names : int, list of bytes
        now_ms : int
            The worker's clock.
        in_use : int64
            Slots that were found for the same call, and must keep their keys.
        """
        n_before = len(self._keys)
        slots = self._keys.find(partition, names)
        n_waiting = len({names[at] for at in np.flatnonzero(slots == NO_SLOT).tolist()})
        if n_waiting and self._make_room(n_waiting, now_ms, np.concatenate([in_use, slots])):
            slots = self._keys.find(partition, names)
        if len(self._keys) != n_before:
            self._report_nearly_full()
        waiting = {names[at] for at in np.flatnonzero(slots == NO_SLOT).tolist()}
        if waiting:
            self._note_waiting(waiting, now_ms)
        return slots

    def _make_room(self, n: int, now_ms: int, in_use: Int64) -> bool:
        """Drop up to so many idle series of other slots; return success."""
        if now_ms - self._looked_ms < CHECK_EVERY_MS:
            return False
        self._looked_ms = now_ms
        idle = self._staleness.least_recently_seen()
        idle = idle[~np.isin(idle, in_use)][:n]
        self._keys.forget(idle)
        self._metrics.evicted.inc(len(idle))
        return len(idle) > 0

    def _report_nearly_full(self) -> None:
        share = len(self._keys) / self._keys.max_keys
        if share >= NEARLY_FULL and not self._nearly_full_reported:
            log.warning("nearly at the cap of series", n_series=len(self._keys), max_keys=self._keys.max_keys)
        self._nearly_full_reported = share >= (EASED if self._nearly_full_reported else NEARLY_FULL)

    def _note_waiting(self, names: set[bytes], now_ms: int) -> None:
        self._waited = time.monotonic()
        if len(self._waiting) < MAX_NAMED:
            self._waiting |= names
        if now_ms - self._notified_ms < REPORT_EVERY_MS:
            return
        self._n_reported = len(self._waiting)
        log.warning(
            "series wait for room",
            n_waiting=self._n_reported,
            n_series=len(self._keys),
            max_keys=self._keys.max_keys,
            text="they are not scored; raise STREAMGAUGE_MAX_KEYS, start another worker, or publish fewer series",
        )
        self._waiting.clear()
        self._notified_ms = now_ms
