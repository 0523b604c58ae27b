"""Histograms to numbers that can be judged: count, mean, median and 99th percentile."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from stream.ingest.samples.sample import Histogram, Kind, Sample

MAX_REMEMBERED = 100_000
"""Cumulative histograms whose last reading is kept; the one unused for longest makes room."""

QUANTILES = {"p50": 0.5, "p99": 0.99}


class _HistogramReading(NamedTuple):
    timestamp_ms: int
    total: float | None
    bounds: tuple[float, ...]
    counts: tuple[float, ...]


class Histograms:
    """Return the numbers of each histogram; of a cumulative one, those of what came since its last reading.

    The first reading after a start has no last one: it gives the count alone.
    """

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, tuple[tuple[str, str], ...]], _HistogramReading] = OrderedDict()

    def samples(self, histogram: Histogram) -> Iterator[Sample]:
        """Return `name_count`, and `name_mean`, `name_p50` and `name_p99` of the interval where it has measurements."""
        name, labels, timestamp_ms, kind, total, bounds, counts = histogram
        yield Sample(f"{name}_count", labels, timestamp_ms, sum(counts), kind)
        interval: tuple[float | None, Sequence[float]] | None = (total, counts)
        if kind is Kind.CUMULATIVE:
            interval = self._since_last(histogram)
        if interval is None or sum(interval[1]) <= 0:
            return
        total, counts = interval[0], tuple(interval[1])
        if total is not None:
            yield Sample(f"{name}_mean", labels, timestamp_ms, total / sum(counts))
        if bounds:
            for suffix, share in QUANTILES.items():
                yield Sample(f"{name}_{suffix}", labels, timestamp_ms, quantile(bounds, counts, share))

    def _since_last(self, histogram: Histogram) -> tuple[float | None, Sequence[float]] | None:
        """Return sum and counts since the last reading; None without one, after a reset, or for an older reading."""
        key = histogram.name, tuple(sorted(histogram.labels.items()))
        last = self._last.get(key)
        if last is not None and histogram.timestamp_ms <= last.timestamp_ms:
            return None
        self._last[key] = _HistogramReading(histogram.timestamp_ms, histogram.total, histogram.bounds, histogram.counts)
        self._last.move_to_end(key)
        if len(self._last) > MAX_REMEMBERED:
            self._last.popitem(last=False)
        before = None if last is None else _regrouped(last.bounds, last.counts, histogram.bounds)
        if last is None or before is None:
            return None
        counts = [now - then for now, then in zip(histogram.counts, before, strict=True)]
        if min(counts) < 0:
            return None
        known = histogram.total is not None and last.total is not None
        return (histogram.total or 0.0) - (last.total or 0.0) if known else None, counts


def of_measurements(
    name: str, labels: Mapping[str, str], timestamp_ms: int, measurements: Counter[float]
) -> Iterator[Sample]:
    """Return the same numbers of single measurements, each with how often it occurred; nothing where there is none."""
    n = measurements.total()
    if n <= 0:
        return
    ordered = sorted(measurements.items())
    yield Sample(f"{name}_count", labels, timestamp_ms, n, Kind.DELTA)
    yield Sample(f"{name}_mean", labels, timestamp_ms, sum(value * times for value, times in ordered) / n)
    below = list(accumulate(times for _, times in ordered))
    for suffix, share in QUANTILES.items():
        yield Sample(f"{name}_{suffix}", labels, timestamp_ms, ordered[bisect_left(below, share * n)][0])


def _regrouped(bounds: Sequence[float], counts: Sequence[float], onto: Sequence[float]) -> Sequence[float] | None:
    """Return the counts in other buckets: sparse and exponential histograms change theirs while they count.

    None if a bucket that holds something lies in several of the others.
    """
    if bounds == onto:
        return counts
    regrouped = [0.0] * (len(onto) + 1)
    for i, count in enumerate(counts):
        upper = bounds[i] if i < len(bounds) else math.inf
        lower = bounds[i - 1] if i else -math.inf
        at = bisect_left(onto, upper)
        if count and at and onto[at - 1] > lower:
            return None
        regrouped[at] += count
    return regrouped


def quantile(bounds: Sequence[float], counts: Sequence[float], share: float) -> float:
    """Estimate a quantile, evenly spread within its bucket, as Prometheus' histogram_quantile does.

    Parameters
    ----------
    bounds : sequence of float
        Upper bounds of all buckets but the last; at least one.
    counts : sequence of float
        Of each bucket; their sum is above 0.
    share : float
        Of all measurements, those that are at most the quantile.
    """
    rank, below = share * sum(counts), 0.0
    for i, count in enumerate(counts):
        if count > 0 and below + count >= rank:
            return _within(bounds, i, (rank - below) / count)
        below += count
    return bounds[-1]


def _within(bounds: Sequence[float], i: int, share: float) -> float:
    """Return the value at a share of bucket i; the last has no end, and the first begins at 0 unless it is negative."""
    if i == len(bounds):
        return bounds[-1]
    upper = bounds[i]
    lower = bounds[i - 1] if i else min(0.0, upper)
    return lower + share * (upper - lower)
