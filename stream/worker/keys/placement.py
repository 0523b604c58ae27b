"""The placement: whether series arrive in the partition of their key, and none in two."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from stream.formats.state.key import SEPARATOR
from stream.kafka.partitioner import ADVICE, partition_of
from stream.worker.keys.key_table import KeyTable
from stream.worker.observability.metrics import Metrics

LOG_EVERY_S = 60.0

log = structlog.get_logger()


class Placement:
    """Compare each series with its partition once, when its first message arrives.

    A sender that chooses partitions in another way does no harm as long as it is the only one of its series. Where
    there are two, a series arrives in two partitions, has two states, and half of its history in each.

    Parameters
    ----------
    n_partitions : int
        Of the metrics topic.
    metrics : Metrics
    clock_s : callable, optional
        Monotonic seconds.
    """

    def __init__(self, n_partitions: int, metrics: Metrics, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._n_partitions, self._metrics, self._clock_s = n_partitions, metrics, clock_s
        self._has_warned = False
        self._n_split = 0
        self._logged_s = -LOG_EVERY_S

    def check(self, partition: int, keys: KeyTable) -> None:
        """Look at the keys of a partition whose first message has just arrived."""
        arrivals = keys.arrivals()
        if not arrivals:
            return
        for key, partitions in zip(arrivals, keys.partitions_of(arrivals), strict=True):
            series, _, _ = key.partition(SEPARATOR)
            expected = partition_of(series, self._n_partitions)
            if expected != partition:
                self._note_misplaced(series, partition, expected)
            others = [other for other in partitions if other != partition]
            if others:
                self._note_split(series, [*others, partition])

    def _note_misplaced(self, series: bytes, partition: int, expected: int) -> None:
        self._metrics.misplaced.inc()
        if self._has_warned:
            return
        self._has_warned = True
        log.warning(
            "series in another partition",
            series=series.decode(errors="replace"),
            partition=partition,
            expected=expected,
            text=f"no harm while all of its points arrive there; {ADVICE}; others like it are only counted",
        )

    def _note_split(self, series: bytes, partitions: list[int]) -> None:
        self._metrics.split.inc()
        self._n_split += 1
        if self._clock_s() - self._logged_s < LOG_EVERY_S:
            return
        log.warning(
            "series in two partitions",
            series=series.decode(errors="replace"),
            partitions=sorted(partitions),
            n_series=self._n_split,
            text=f"it warms up twice, and each half is scored alone; {ADVICE}",
        )
        self._n_split, self._logged_s = 0, self._clock_s()
