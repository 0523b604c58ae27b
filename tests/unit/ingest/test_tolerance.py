"""Native messages that are not as the metrics topic asks for: what is understood is taken, and said."""

from __future__ import annotations

import json

import pytest
from structlog.testing import capture_logs

from stream.formats.rejections import BadMessageError
from stream.formats.tolerant.counts import MAX_UNKNOWN
from stream.formats.tolerant.moments import Moments
from stream.ingest.formats import NATIVE
from stream.ingest.readers.native import NativeReader
from stream.ingest.registry.schemas import Schemas
from stream.ingest.sources import Source, Sources
from stream.ingest.topic_formats import TopicFormats
from stream.settings.settings import Settings
from tests.unit.ingest.captures import samples_of

T = 1_795_466_329_000


def pairs(document: object) -> list[tuple[int, float]]:
    return [(sample.timestamp_ms, sample.value) for sample in samples_of(NATIVE, json.dumps(document).encode())]


@pytest.mark.parametrize(
    "timestamp",
    [
        T,
        T // 1000,
        T / 1000,
        T * 1000,
        T * 1_000_000,
        str(T),
        "1795466329.0",
        "2026-11-23T20:38:49",
        "2026-11-23 20:38:49Z",
    ],
)
def test_a_time_in_any_unit_or_as_iso_without_an_offset_is_understood(timestamp: object) -> None:
    assert pairs({"series": "a", "timestamp": timestamp, "value": 1.5}) == [(T, 1.5)]


def test_numbers_in_quotes_are_numbers_and_unknown_fields_harm_nothing() -> None:
    assert pairs({"series": "a", "timestamp": str(T), "value": "-1.5e3", "unit": "ms", "x": {"y": []}}) == [
        (T, -1500.0)
    ]


@pytest.mark.parametrize("missing", [None, "", "n/a", float("nan"), "NaN"])
def test_a_missing_value_costs_only_itself(missing: object) -> None:
    points = [[T, 1], [T + 1, missing], [T + 2, 3]]
    assert pairs({"series": "a", "points": points}) == [(T, 1.0), (T + 2, 3.0)]
    assert pairs({"series": "a", "timestamp": T, "value": missing}) == []


def test_several_features_are_refused_and_not_lost() -> None:
    with pytest.raises(BadMessageError, match="several features: write it to the metrics topic itself"):
        pairs({"series": "a", "timestamp": T, "value": {"cpu": 1, "mem": 2}})


def test_unknown_fields_are_counted_by_name_as_far_as_there_is_room() -> None:
    reader = NativeReader(Moments())
    for number in range(MAX_UNKNOWN + 5):
        list(reader(json.dumps({"series": "a", "timestamp": T, "value": 1, f"f{number}": 0, "host": "h"}).encode(), T))
    assert reader.tolerated.unknown_fields["host"] == MAX_UNKNOWN + 5
    assert sum(reader.tolerated.unknown_fields.values()) == 2 * (MAX_UNKNOWN + 5)
    assert len(reader.tolerated.unknown_fields) == MAX_UNKNOWN + 1


def test_the_unit_of_a_topic_s_times_is_said_once() -> None:
    formats = TopicFormats(Sources([Source("*", NATIVE)]), Schemas(Settings()))
    formats.fix("a", NATIVE)
    reader = formats.reader("a")
    assert reader is not None
    with capture_logs() as before:
        formats.log_meanings()
    list(reader(b'{"series":"a","timestamp":1795466329.5,"value":1}', T))
    with capture_logs() as after:
        formats.log_meanings()
        formats.log_meanings()
    assert before == []
    assert [(line["event"], line["timestamp_unit"]) for line in after] == [("timestamps understood", "s")]
