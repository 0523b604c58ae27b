"""Prometheus' native histograms as buckets with upper bounds.

Their bounds are powers of 2 ** 2 ** -schema on both sides of zero, or given one by one; empty stretches are left out.
"""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from stream.formats.rejections import BadMessageError, Reason
from stream.ingest.samples.sample import Histogram, Kind

CUSTOM_SCHEMA = -53
SCHEMAS = range(-4, 9)

MAX_BUCKETS = 2_000
"""More than any sender makes; what claims more is damaged."""

RESET_HINT_GAUGE = 3
"""Of a histogram whose counts may fall: a snapshot, not all since the sender's start."""

_STALE = struct.pack("<Q", 0x7FF0000000000002)
"""The NaN by which Prometheus marks the end of a series."""


def native(found: Any, name: str, labels: Mapping[str, str]) -> Histogram | None:
    """Read a native histogram; None for a staleness marker.

    Raises
    ------
    BadMessageError
        If its schema is unknown, or its buckets do not fit each other.
    """
    if struct.pack("<d", found.sum) == _STALE:
        return None
    kind = Kind.DELTA if found.reset_hint == RESET_HINT_GAUGE else Kind.CUMULATIVE
    total = found.sum if math.isfinite(found.sum) else None
    bounds, counts = _custom(found, name) if found.schema == CUSTOM_SCHEMA else _exponential(found, name)
    return Histogram(name, labels, found.timestamp, kind, total, bounds, counts)


def _exponential(found: Any, name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if found.schema not in SCHEMAS:
        raise _bad(name, f"schema {found.schema}, expected -4 to 8 or {CUSTOM_SCHEMA}")
    negative = _counted(found.negative_spans, found.negative_deltas, found.negative_counts, name)
    positive = _counted(found.positive_spans, found.positive_deltas, found.positive_counts, name)
    zero = found.zero_threshold, float(found.zero_count_int or found.zero_count_float)
    if not 0 <= zero[0] < math.inf:
        raise _bad(name, f"zero threshold {zero[0]}")
    buckets = [(-_power(i, found.schema), -_power(i - 1, found.schema), count) for i, count in reversed(negative)]
    buckets.append((-zero[0], *zero))
    buckets += [(_power(i - 1, found.schema), _power(i, found.schema), count) for i, count in positive]
    return _joined(buckets)


def _joined(buckets: Iterable[tuple[float, float, float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Join buckets with lower and upper bounds into one row, with empty ones for the gaps."""
    bounds: list[float] = []
    counts: list[float] = []
    for lower, upper, count in buckets:
        if not bounds or bounds[-1] < lower:
            bounds.append(lower)
            counts.append(0.0)
        if bounds[-1] < upper:
            bounds.append(upper)
            counts.append(count)
        else:  # The zero bucket may reach over the first ones.
            counts[-1] += count
    return tuple(bounds), (*counts, 0.0)


def _custom(found: Any, name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    bounds = tuple(found.custom_values)
    counts = [0.0] * (len(bounds) + 1)
    for i, count in _counted(found.positive_spans, found.positive_deltas, found.positive_counts, name):
        if not 0 <= i < len(counts):
            raise _bad(name, f"bucket {i} with {len(bounds)} bounds")
        counts[i] = count
    if list(bounds) != sorted(bounds) or not all(map(math.isfinite, bounds)):
        raise _bad(name, "bounds that do not ascend")
    return bounds, tuple(counts)


def _counted(spans: Any, deltas: Any, counts: Any, name: str) -> list[tuple[int, float]]:
    """Return index and count of each bucket; integer counts are written as differences to the bucket before."""
    numbers = list(counts) or [float(count) for count in accumulate(deltas)]
    indexes = list(_indexes(spans, name))
    if len(indexes) != len(numbers) or not all(0 <= number < math.inf for number in numbers):
        raise _bad(name, f"{len(numbers)} counts for {len(indexes)} buckets, or a count below 0")
    return list(zip(indexes, numbers, strict=True))


def _indexes(spans: Any, name: str) -> Iterator[int]:
    if sum(span.length for span in spans) > MAX_BUCKETS:
        raise _bad(name, f"more than {MAX_BUCKETS:,} buckets")
    start = 0
    for number, span in enumerate(spans):
        if number and span.offset < 0:
            raise _bad(name, "spans that overlap")
        start += span.offset
        yield from range(start, start + span.length)
        start += span.length


def _power(i: int, schema: int) -> float:
    """Return the upper bound of bucket i above zero; the last one ends at the largest number."""
    try:
        return math.pow(2.0, i * math.pow(2.0, -schema))
    except OverflowError:
        return sys.float_info.max


def _bad(name: str, detail: str) -> BadMessageError:
    return BadMessageError(Reason.FORMAT_MISMATCH, f"expected a native histogram, {name}: {detail}")
