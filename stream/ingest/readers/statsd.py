"""StatsD lines, with DogStatsD's tags; they have no time of their own."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stream.formats.rejections import BadMessageError
from stream.formats.tolerant.numbers import number_in_text
from stream.ingest.samples.decoding import mismatch, read_lines
from stream.ingest.samples.histograms import of_measurements
from stream.ingest.samples.sample import Kind, Sample

FORMAT = "StatsD"

_LINE = re.compile(
    r"(?P<name>[^:|@#\s]+):(?P<values>[^|]+)\|(?P<type>c|g|ms|h|d|s)(?:\|@(?P<rate>[\d.]+))?(?:\|#(?P<tags>[^|]*))?"
    r"(?:\|[cT]:?[^|]*)*"
)


class _StatsdMetric(NamedTuple):
    name: str
    tags: tuple[tuple[str, str], ...]
    type: str


class _Lines:
    """The lines of one message: they have one time, so that each metric becomes one number, or those of a timing."""

    def __init__(self) -> None:
        self.values: dict[_StatsdMetric, list[float]] = defaultdict(list)

    def add(self, line: str) -> Iterator[Sample]:
        """Add a line; a set counts nothing that could be judged and is passed over."""
        parsed = _LINE.fullmatch(line)
        if parsed is None:
            raise mismatch(FORMAT, f"no name:value|type: {line}")
        if parsed["type"] == "g" and parsed["values"].startswith(("+", "-")):
            raise mismatch(FORMAT, f"a gauge relative to its last value, which is not known here: {line}")
        if parsed["type"] != "s":
            share = float(parsed["rate"] or 1)
            if not 0 < share <= 1:
                raise mismatch(FORMAT, f"a sampling rate that is not above 0 and at most 1: {line}")
            found = [number_in_text(text) for text in parsed["values"].split(":")]
            scale = share if parsed["type"] == "c" else 1.0
            values = [value / scale for value in found if value is not None]
            self.values[_StatsdMetric(parsed["name"], _tags(parsed["tags"] or ""), parsed["type"])] += values
        return iter(())


def read(value: bytes, received_ms: int) -> Iterator[Sample]:
    """Read lines: counters are added up, of a gauge the last value counts, timings give count, mean, p50 and p99."""
    lines = _Lines()
    bad: BadMessageError | None = None
    try:
        deque(read_lines(value, FORMAT, lines.add), maxlen=0)
    except BadMessageError as error:
        bad = error
    for metric, values in lines.values.items():
        yield from _samples(metric, values, received_ms)
    if bad is not None:
        raise bad


def _samples(metric: _StatsdMetric, values: Sequence[float], timestamp_ms: int) -> Iterator[Sample]:
    name, labels = metric.name, dict(metric.tags)
    if metric.type not in ("c", "g"):
        yield from of_measurements(name, labels, timestamp_ms, Counter(values))
    elif values:
        is_counter = metric.type == "c"
        value = sum(values) if is_counter else values[-1]
        yield Sample(name, labels, timestamp_ms, value, Kind.DELTA if is_counter else Kind.GAUGE)


def _tags(text: str) -> tuple[tuple[str, str], ...]:
    """Read `a:b,c`; a tag without a value is `true`."""
    pairs = (tag.partition(":") for tag in text.split(",") if tag)
    return tuple(sorted((name, value or "true") for name, _, value in pairs))
