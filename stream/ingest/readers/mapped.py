"""JSON of any shape whose time, values and labels are at places that the settings name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stream.formats.tolerant.moments import Moments
from stream.ingest.samples.decoding import json_objects, mismatch, number_or_text
from stream.ingest.samples.json_path import JsonPath
from stream.ingest.samples.sample import SampleRow

FORMAT = "JSON with the paths of the settings"


@dataclass(frozen=True, slots=True)
class MappedReader:
    """Reads messages by paths."""

    points: JsonPath
    """The objects that hold a point each; `$` for the message itself."""
    time: JsonPath | None
    """None for the message's own time."""
    name: JsonPath | None
    """What the name of each value begins with; of a single value it is the name."""
    values: Mapping[str, JsonPath]
    labels: Mapping[str, JsonPath]
    """By name. A value that is not there is no point, a label that is not there is none."""
    moments: Moments

    def __call__(self, value: bytes, received_ms: int) -> Iterator[SampleRow]:
        """Read an object, an array of objects, or an object a line.

        Raises
        ------
        BadMessageError
            If no object has a point, or one has no time where there should be one.
        """
        n_points = 0
        for document in json_objects(value, FORMAT):
            for point in self.points.find_all(document):
                n_points += 1
                yield self._row(document, point, received_ms)
        if not n_points:
            raise mismatch(FORMAT, "nothing is at the path of the points")

    def _row(self, document: object, point: object, received_ms: int) -> SampleRow:
        found = {name: number_or_text(self._at(path, document, point)) for name, path in self.values.items()}
        texts = {label: self._at(path, document, point) for label, path in self.labels.items()}
        labels = {label: _text(found) for label, found in texts.items() if isinstance(found, (str, int, float))}
        timestamp_ms = received_ms if self.time is None else self.moments.to_ms(self._at(self.time, document, point))
        if self.name is None:
            return SampleRow("", labels, timestamp_ms, found)
        name = self._at(self.name, document, point)
        if not isinstance(name, str) or not name:
            raise mismatch(FORMAT, "no text is at the path of the name")
        if len(found) == 1:
            return SampleRow("", labels, timestamp_ms, {name: next(iter(found.values()))})
        return SampleRow(f"{name}_", labels, timestamp_ms, found)

    @staticmethod
    def _at(path: JsonPath, document: object, point: object) -> object:
        return path.find(point if path.is_relative else document)


def _text(found: str | float) -> str:
    return str(found).lower() if isinstance(found, bool) else str(found)
