"""Chunk sizes that keep the event loop responsive."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import Protocol, TypeVar

MAX_RECORDS = 4_096
CHUNK_S = 0.05
"""Time between two turns that goes unnoticed: heartbeats, probes and a SIGTERM wait no longer than this."""

RECORD_BYTES = 100
"""What a record costs by itself, in bytes of its value: with one point in it, it is about as long again."""

FIRST_BYTES = 1_000
FEW_BYTES = 10_000
LONGEST_S = 0.5
"""So few bytes, 50 records or more, are cut further only when they take longer than this. A call of the detector costs
as much as some dozen records of other series: where the machine is busy with something else, a chunk of a single record
takes longer than `CHUNK_S` too, and who cut down to it would never again score series together."""

MAX_BYTES = 1_000_000
MAX_GROWTH = 2.0


class SizedRecord(Protocol):
    """A message as far as it matters here."""

    @property
    def value(self) -> bytes | None:
        """The bytes that it carries; None for a tombstone."""


Kind = TypeVar("Kind", bound=SizedRecord)


class AdaptiveChunker:
    """Cut batches into chunks of about `CHUNK_S`.

    What a chunk costs goes by its bytes: a message may carry one point or ten thousand. How much a byte costs, some ten
    times as much where all points are of one series as where there are many, is learned from the last chunk.

    Attributes
    ----------
    n_bytes : int
        Of the next chunk, 1 to `MAX_BYTES`; a record counts `RECORD_BYTES` and its value.
    """

    def __init__(self) -> None:
        self.n_bytes = FIRST_BYTES
        self._n_last = 0

    def chunk(self, records: list[Kind], start: int) -> list[Kind]:
        """Return the next chunk: 1 to `MAX_RECORDS` records."""
        chunk = records[start : start + MAX_RECORDS]
        ends = list(accumulate([RECORD_BYTES + len(record.value or b"") for record in chunk]))
        n_records = max(1, bisect_right(ends, self.n_bytes))
        self._n_last = ends[n_records - 1]
        return chunk[:n_records]

    def record(self, seconds: float) -> None:
        """Record the last chunk's duration; short chunks never slow the next."""
        n_bytes = self._n_last
        wanted = n_bytes * min(CHUNK_S / max(seconds, 1e-9), MAX_GROWTH)
        bearable = n_bytes * min(LONGEST_S / max(seconds, 1e-9), MAX_GROWTH)
        wanted = max(wanted, min(bearable, FEW_BYTES))
        if wanted >= n_bytes:
            wanted = max(wanted, self.n_bytes)
        self.n_bytes = max(1, min(int(wanted), MAX_BYTES))
