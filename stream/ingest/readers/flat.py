"""JSON objects of any shape: texts are labels, numbers are values, and one field is the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stream.formats.limits import LATEST_MS, OLDEST_MS
from stream.formats.rejections import BadMessageError, Reason
from stream.formats.tolerant.moments import Moments
from stream.ingest.samples.decoding import json_objects, number_or_text
from stream.ingest.samples.sample import Sample, SampleRow

FORMAT = "flat JSON"

TIMES = (
    *("timestamp", "@timestamp", "time", "ts", "datetime", "date", "event_time", "eventtime"),
    *("timestamp_ms", "timestampms", "time_ms", "epoch", "t"),
)
"""Fields that hold the time, in small letters; the first that is there and holds one counts."""

NAMES = ("metric", "metric_name", "series", "name", "measurement")
"""Fields that name the metric whose number is in the field `value`."""

LABELS = frozenset({"labels", "tags", "dimensions"})
NUMBERS = frozenset({"fields", "values", "metrics"})
"""Objects whose own name is no part of the names in them."""

MAX_LABEL_LENGTH = 256
"""A longer text describes, and names nothing."""


class FlatReader:
    """Reads JSON whose shape nobody described."""

    def __init__(self, moments: Moments) -> None:
        self.moments = moments

    def __call__(self, value: bytes, received_ms: int) -> Iterator[Sample | SampleRow]:
        """Read an object, an array of objects, or an object a line; without a field of the time it is the message's."""
        for document in json_objects(value, FORMAT):
            yield self._sample(document, received_ms)

    def _sample(self, document: Mapping[str, Any], received_ms: int) -> Sample | SampleRow:
        time_field, timestamp_ms = self._time(document, received_ms)
        leaves = {path: leaf for path, leaf in _leaves(document, "") if path != time_field}
        name_field = next((field for field in NAMES if isinstance(document.get(field), str)), None)
        value = number_or_text(document.get("value"))
        labels = {
            path: leaf for path, leaf in leaves.items() if isinstance(leaf, str) and len(leaf) <= MAX_LABEL_LENGTH
        }
        if name_field is not None and value is not None:
            labels = {path: text for path, text in labels.items() if path not in (name_field, "value")}
            return Sample(document[name_field], labels, timestamp_ms, value)
        numbers = {path: leaf for path, leaf in leaves.items() if not isinstance(leaf, str)}
        return SampleRow("", labels, timestamp_ms, numbers)

    def _time(self, document: Mapping[str, object], received_ms: int) -> tuple[str | None, int]:
        """Find the field of the time, and read it.

        Raises
        ------
        BadMessageError
            If there are such fields and none holds a time: the message's own would be a guess.
        """
        by_small_name = {field.lower(): field for field in document}
        candidates = [by_small_name[name] for name in TIMES if name in by_small_name]
        for field in candidates:
            try:
                timestamp_ms = self.moments.to_ms(document[field])
            except BadMessageError:
                continue
            if OLDEST_MS <= timestamp_ms <= LATEST_MS:
                return field, timestamp_ms
        if candidates and candidates != [by_small_name.get("t")]:  # A lone t may be a temperature.
            raise BadMessageError(Reason.TIMESTAMP_UNREADABLE, f"no time in {', '.join(candidates)}")
        return None, received_ms


read = FlatReader(Moments())


def _leaves(document: Mapping[str, object], path: str) -> Iterator[tuple[str, object]]:
    """Return what is neither an object nor an array, with its path."""
    for name, found in document.items():
        if isinstance(found, dict):
            is_wrapper = not path and name in LABELS | NUMBERS
            yield from _leaves(found, "" if is_wrapper else f"{path}{name}.")
        elif not isinstance(found, list):
            yield path + name, found
