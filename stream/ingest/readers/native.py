"""Points of our own shape, of one series a message or several, as the worker reads them."""

from __future__ import annotations

from collections.abc import Iterator

from stream.formats.tolerant.counts import Tolerated
from stream.formats.tolerant.moments import Moments
from stream.formats.tolerant.points import read_points
from stream.ingest.samples.decoding import json_objects, mismatch
from stream.ingest.samples.sample import Sample

FORMAT = "our own JSON"


class NativeReader:
    """Reads points of our own shape.

    Attributes
    ----------
    tolerated : Tolerated
        What was tolerated since it was last set.
    """

    def __init__(self, moments: Moments) -> None:
        self.moments = moments
        self.tolerated = Tolerated()

    def __call__(self, value: bytes, _received_ms: int) -> Iterator[Sample]:
        """Read a point, columns of points, an array of points, or a point a line."""
        for document in json_objects(value, FORMAT):
            series = document.get("series")
            if not isinstance(series, str) or not series:
                raise mismatch(FORMAT, "no field series")
            for timestamp_ms, found in read_points(document, self.moments, self.tolerated):
                if not isinstance(found, float):
                    raise mismatch(FORMAT, "a value of several features: write it to the metrics topic itself")
                yield Sample(series, {}, timestamp_ms, found)


read = NativeReader(Moments())
