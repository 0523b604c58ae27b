"""What a reader gives: one number of a series, the numbers of one moment, or the histogram of an interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from stream.formats.tolerant.numbers import number


class Kind(StrEnum):
    """What a sender says about a number; the worker finds counters by itself and takes their rate."""

    GAUGE = "gauge"
    DELTA = "delta"
    CUMULATIVE = "cumulative"


class Sample(NamedTuple):
    """One number of one series."""

    name: str
    """Name of the metric, such as `cpu_usage_idle`."""
    labels: Mapping[str, str]
    """Samples of one message that have the same labels share one object; nobody changes it."""
    timestamp_ms: int
    """Event time, milliseconds since the epoch."""
    value: float
    """Finite."""
    kind: Kind = Kind.GAUGE


class SampleRow(NamedTuple):
    """Several numbers of one moment that share their labels."""

    prefix: str
    """What the name of each metric begins with, before the field's."""
    labels: Mapping[str, str]
    timestamp_ms: int
    """As in `Sample`."""
    fields: Mapping[str, object]
    """Values by field; what is no finite number is no sample."""

    def samples(self) -> Iterator[Sample]:
        """Return the numbers one by one."""
        for field, found in self.fields.items():
            value = number(found)
            if value is not None:
                yield Sample(f"{self.prefix}{field}", self.labels, self.timestamp_ms, value)


class Histogram(NamedTuple):
    """How the measurements of an interval, or since the sender's start, are distributed."""

    name: str
    labels: Mapping[str, str]
    timestamp_ms: int
    """As in `Sample`."""
    kind: Kind
    """`DELTA` for an interval's own measurements, `CUMULATIVE` for all since the sender's start."""
    total: float | None
    """Sum of the measurements; None if the sender does not give it."""
    bounds: tuple[float, ...]
    """Upper bounds of all buckets but the last, ascending."""
    counts: tuple[float, ...]
    """Measurements in each bucket, one more than there are bounds."""


Reader = Callable[[bytes, int], Iterator[Sample | SampleRow | Histogram]]
"""Value of a message, and its Kafka timestamp in milliseconds, to samples.

A reader raises BadMessageError at the first thing that it cannot read. What it gave before that is good.
"""
