"""Fetched records that are not applied yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate, chain, pairwise

from faust.types import TP

from stream.kafka.topics.records import Records
from stream.worker.engine.reading.batch import FetchedBatch
from stream.worker.engine.reading.chunker import AdaptiveChunker


class Backlog:
    """The records of a fetch, cut into chunks across partitions.

    A call of the detector costs as much as some dozen points: what came together is scored together.

    Parameters
    ----------
    fetched : dict of TP to FetchedBatch
    """

    def __init__(self, fetched: Mapping[TP, FetchedBatch]) -> None:
        self._records = list(chain.from_iterable(batch.records for batch in fetched.values()))
        ends = accumulate((len(batch.records) for batch in fetched.values()), initial=0)
        self._places = list(zip(fetched, pairwise(ends), strict=True))
        self._n_taken = 0

    def __bool__(self) -> bool:
        """Check whether anything is left."""
        return self._n_taken < len(self._records)

    def next_offsets(self) -> Iterator[tuple[TP, int]]:
        """Yield the offset from which each partition goes on, where something is left of it."""
        for tp, (start, end) in self._places:
            if self._n_taken < end:
                yield tp, self._records[max(start, self._n_taken)].offset

    def take(self, chunker: AdaptiveChunker) -> list[tuple[TP, Records]]:
        """Return the next chunk, by partition."""
        first = self._n_taken
        self._n_taken += len(chunker.chunk(self._records, first))
        spans = [(tp, max(start, first), min(end, self._n_taken)) for tp, (start, end) in self._places]
        return [(tp, self._records[start:end]) for tp, start, end in spans if start < end]
