"""Messages of the metrics topic that are not as documented: what has a clear meaning is read, the same each time."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from stream.events.schemas import schema
from stream.formats.documented_points import Points
from stream.formats.limits import MAX_VALUE, OLDEST_MS
from stream.formats.points import Decoder, encode_points
from stream.formats.rejections import BadMessageError, Reason
from stream.formats.tolerant.counts import Tolerance
from stream.formats.tolerant.moments import Moments

T = 1_764_000_000_000
NOW_MS = T + 86_400_000
SCHEMA = Draft202012Validator(schema("point"))


def read(document: object, decoder: Decoder | None = None) -> list[tuple[int, float]]:
    """Decode a document of the series cpu as pairs."""
    points = (decoder or Decoder(0)).decode(b"cpu", json.dumps(document).encode(), NOW_MS)
    return list(zip(points.timestamps_ms, points.values, strict=True))


def point(timestamp: object = T, value: object = 1.5, **more: object) -> dict[str, object]:
    return {"series": "cpu", "timestamp": timestamp, "value": value, **more}


def kinds(document: object) -> dict[Tolerance, int]:
    """Decode a document, and say what was tolerated."""
    decoder = Decoder(0)
    read(document, decoder)
    return dict(decoder.tolerated.kinds)


IN_UNITS = [
    *((T // 1000, Tolerance.SECONDS), (T / 1000, Tolerance.SECONDS), (1000 * T, Tolerance.MICROSECONDS)),
    *((1_000_000 * T, Tolerance.NANOSECONDS), (f"{T // 1000}.0", Tolerance.SECONDS)),
    *(("2025-11-24T16:00:00", Tolerance.WITHOUT_OFFSET), ("2025-11-24 16:00", Tolerance.WITHOUT_OFFSET)),
]


@pytest.mark.parametrize(("timestamp", "kind"), IN_UNITS)
def test_a_time_in_any_unit_or_without_an_offset_is_understood_and_counted(timestamp: object, kind: Tolerance) -> None:
    assert read(point(timestamp)) == [(T, 1.5)]
    assert kinds(point(timestamp)) == {kind: 1}


@pytest.mark.parametrize("timestamp", [T, str(T), T + 0.5, "2025-11-24T16:00:00Z", "20251124T160000Z"])
def test_a_time_whose_meaning_is_plain_is_not_counted(timestamp: object) -> None:
    assert read(point(timestamp)) == [(T, 1.5)]
    assert kinds(point(timestamp)) == {}


def test_each_time_has_the_unit_of_its_own_size() -> None:
    points = [[T // 1000, 1], [T + 1000, 2], [1000 * (T + 2000), 3], [1_000_000 * (T + 3000), 4]]
    assert read({"series": "cpu", "points": points}) == [(T, 1.0), (T + 1000, 2.0), (T + 2000, 3.0), (T + 3000, 4.0)]


@pytest.mark.parametrize(
    ("unit", "timestamp"), [("s", T // 1000), ("s", T / 1000), ("ms", T), ("us", 1000 * T), ("ns", 1_000_000 * T)]
)
def test_a_unit_that_is_set_wins_over_the_size(unit: str, timestamp: float) -> None:
    decoder = Decoder(0, moments=Moments(unit))
    assert read(point(timestamp), decoder) == [(T, 1.5)]
    early = {"s": 40_000_000, "ms": 40_000_000_000, "us": 40_000_000_000_000, "ns": 40_000_000_000_000_000}
    assert read(point(early[unit]), decoder) == [(40_000_000_000, 1.5)]
    assert not decoder.tolerated.kinds
    for other in early.keys() - {unit}:
        if early[other] < 1000 * early[unit]:
            with pytest.raises(BadMessageError, match="timestamp_absurd"):
                read(point(early[other]), decoder)


def test_a_batch_of_plain_points_is_read_in_the_unit_that_is_set() -> None:
    value = json.dumps(point(T)).encode()
    assert Decoder(0).decode_plain([b"cpu"], [value], NOW_MS).is_plain.all()
    assert not Decoder(0, moments=Moments("s")).decode_plain([b"cpu"], [value], NOW_MS).is_plain.any()


def test_a_time_without_an_offset_is_in_the_zone_that_is_set() -> None:
    decoder = Decoder(0, moments=Moments("auto", "Europe/Berlin"))
    assert read(point("2025-11-24T17:00:00"), decoder) == [(T, 1.5)]
    assert read(point("2025-11-24T16:00:00Z"), decoder) == [(T, 1.5)]


@pytest.mark.parametrize(("written", "value"), [("98.5", 98.5), (" -1.5e3 ", -1500.0), ("7", 7.0), (".5", 0.5)])
def test_a_number_in_quotes_is_that_number(written: str, value: float) -> None:
    assert read(point(value=written)) == [(T, value)]
    assert kinds(point(value=written)) == {Tolerance.QUOTED_NUMBER: 1}


def test_a_boolean_is_one_or_zero() -> None:
    assert read({"series": "cpu", "points": [[T, True], [T + 1, False]]}) == [(T, 1.0), (T + 1, 0.0)]
    assert kinds(point(value=True)) == {Tolerance.BOOLEAN: 1}


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, -math.inf, "", " ", "n/a", "NaN", "null", "-Infinity"])
def test_a_missing_value_costs_only_itself(missing: object) -> None:
    points = [[T, 1], [T + 1, missing], [T + 2, 3]]
    assert read({"series": "cpu", "points": points}) == [(T, 1.0), (T + 2, 3.0)]
    assert read(point(value=missing)) == []
    assert kinds(point(value=missing)) == {Tolerance.MISSING_VALUE: 1}


def test_unknown_fields_are_passed_over_and_counted_by_name() -> None:
    decoder = Decoder(0)
    assert read(point(unit="%", tags={"host": ["a", None]}, __faust={"ns": "app.Point"}), decoder) == [(T, 1.5)]
    assert read([point(unit="%"), point(T + 1)], decoder) == [(T, 1.5), (T + 1, 1.5)]
    assert decoder.tolerated.kinds == {Tolerance.UNKNOWN_FIELD: 4}
    assert decoder.tolerated.unknown_fields == {"unit": 2, "tags": 1, "__faust": 1}


def test_a_feature_without_a_value_costs_only_itself() -> None:
    value = json.dumps({"series": "cpu", "points": [[T, {"user": 1, "sys": None}], [T + 1, {"user": 2, "sys": "3"}]]})
    points = Decoder(0).decode(b"cpu", value.encode(), NOW_MS)
    assert list(points.by_feature()) == [("user", [T, T + 1], [1.0, 2.0]), ("sys", [T + 1], [3.0])]
    assert points.whole() == Points([T + 1], [2.0, 3.0], ("user", "sys"))


def test_a_model_of_several_features_takes_the_points_that_have_all() -> None:
    value = json.dumps({"series": "cpu", "points": [[T, [1, None]], [T + 1, [2, 3]]]}).encode()
    both = Decoder(0, features=("user", "sys"))
    assert both.decode(b"cpu", value, NOW_MS) == Points([T + 1], [2.0, 3.0], ("user", "sys"))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (point(value="high"), Reason.WRONG_TYPE),
        (point(value="1_000"), Reason.WRONG_TYPE),
        (point(value="1e400"), Reason.VALUE_TOO_LARGE),
        (point(value="2e18"), Reason.VALUE_TOO_LARGE),
        (point("yesterday"), Reason.TIMESTAMP_UNREADABLE),
        (point(None), Reason.TIMESTAMP_UNREADABLE),
        (point((NOW_MS + 1000) // 1000), Reason.TIMESTAMP_FUTURE),
        (point("2999-01-01T00:00:00"), Reason.TIMESTAMP_FUTURE),
        (point(201_411), Reason.TIMESTAMP_ABSURD),
        (point("20140701"), Reason.TIMESTAMP_ABSURD),
        (point(-1.5), Reason.TIMESTAMP_NEGATIVE),
        ([point(unit="%"), point() | {"series": "mem"}], Reason.MIXED_SERIES),
        (point() | {"series": "mem", "unit": "%"}, Reason.KEY_NOT_SERIES),
        ({"host": "a", "cpu": 71.5}, Reason.MISSING_FIELD),
        ({"series": "cpu", "value": 1, "ts": T}, Reason.MISSING_FIELD),
        ({"series": "cpu", "points": [[T, None]] * 10_001}, Reason.TOO_MANY_POINTS),
        ({"series": "cpu", "points": [], "unit": "%"}, Reason.NO_POINTS),
        (point(unit="%", points=[[T, 1]]), Reason.TWO_SHAPES),
    ],
)
def test_what_has_no_clear_meaning_is_refused_and_nothing_of_it_is_counted(document: object, reason: Reason) -> None:
    decoder = Decoder(0)
    with pytest.raises(BadMessageError) as refused:
        read(document, decoder)
    assert refused.value.reason == reason
    assert not decoder.tolerated.kinds


@pytest.mark.parametrize(
    "value",
    [
        b'{"series":"cpu","timestamp":1764000000000,"value":1,"unit":"%","value":2}',
        b'{"series":"cpu","timestamp":1764000000000,"value":1,"tags":{"a":1,"a":2}}',
        b'{"series":"cpu","timestamp":"1764000000000","value":1,"val\\u0075e":2}',
    ],
)
def test_a_repeated_field_is_refused_however_tolerant_the_reading(value: bytes) -> None:
    with pytest.raises(BadMessageError, match="duplicate_field"):
        Decoder(0).decode(b"cpu", value, NOW_MS)


@pytest.mark.parametrize("key", [b"\xed\xa0\x80", b"cpu"])
def test_half_a_surrogate_pair_is_no_text(key: bytes) -> None:
    for value in (b'{"x":1,"series":"\\ud800","timestamp":1764000000000,"value":1}', json_of_half_a_pair()):
        with pytest.raises(BadMessageError):
            Decoder(0).decode(key, value, NOW_MS)


def json_of_half_a_pair() -> bytes:
    """Write a feature's name that no UTF-8 has."""
    return b'{"x":1,"series":"cpu","timestamp":1764000000000,"value":{"\\uDC00":1}}'


times = st.one_of(
    st.integers(OLDEST_MS, NOW_MS),
    st.integers(OLDEST_MS // 1000 + 1, NOW_MS // 1000),
    st.floats(OLDEST_MS / 1000 + 1, NOW_MS / 1000 - 1),
    st.integers(-5, 2**70),
    st.datetimes().map(str),
    st.sampled_from([None, True, "", "now", "1764000000", "1764000000000.5", [], "2025-11-24", math.nan]),
)
numbers = st.one_of(
    st.floats(), st.integers(-(2**70), 2**70), st.booleans(), st.none(), st.text(max_size=3), st.floats().map(str)
)
numbers_or_features = st.one_of(
    numbers, st.lists(numbers, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "", "\ud800"]), numbers)
)
more = st.dictionaries(st.sampled_from(["unit", "tags", "points", "__faust"]), numbers_or_features, max_size=2)
points = st.builds(lambda time, value, fields: point(time, value) | fields, times, numbers_or_features, more)
columns = st.builds(
    lambda pairs, fields: {"series": "cpu", "points": pairs} | fields,
    st.lists(st.tuples(times, numbers_or_features), max_size=4),
    st.dictionaries(st.sampled_from(["unit", "tags", "value"]), numbers, max_size=1),
)
messages = st.one_of(points, columns, st.lists(points, max_size=3))
DECODERS = [
    Decoder(0),
    Decoder(0, features=("a", "b")),
    Decoder(0, features=("value",)),
    Decoder(0, moments=Moments("s")),
]


@given(messages, st.sampled_from(DECODERS))
@example(point(10**30, "9" * 400), DECODERS[0])
def test_whatever_is_sent_gives_sound_points_twice_the_same_or_a_dead_letter(document: Any, decoder: Decoder) -> None:
    value = json.dumps(document).encode()
    try:
        found = decoder.decode(b"cpu", value, NOW_MS)
    except BadMessageError as bad:
        with pytest.raises(BadMessageError, match=bad.reason):
            decoder.decode(b"cpu", value, NOW_MS)
        return
    assert repr(decoder.decode(b"cpu", value, NOW_MS)) == repr(found)
    assert all(OLDEST_MS <= timestamp_ms <= NOW_MS for timestamp_ms in found.timestamps_ms)
    for _, timestamps_ms, values in found.by_feature():
        assert len(timestamps_ms) == len(values)
        assert all(abs(each) <= MAX_VALUE for each in values)


def without_constants(document: object) -> object:
    """Return a document as JSON's standard has it: Python's NaN and Infinity, which it has not, are null."""
    return json.loads(json.dumps(document), parse_constant=lambda _: None)


def n_times(document: Any) -> int:
    """Count the times of a message."""
    elements = document if isinstance(document, list) else [document]
    return sum(len(element.get("points", [0])) for element in elements)


@given(messages)
@example(point(0, None))
def test_the_schema_takes_whatever_the_decoder_takes(document: Any) -> None:
    try:
        found = Decoder(0).decode(b"cpu", json.dumps(document).encode(), NOW_MS)
    except BadMessageError:
        return
    # The time of a point without a value is that of no point, and may be any.
    if len(found.timestamps_ms) == n_times(document):
        SCHEMA.validate(without_constants(document))


@given(st.lists(st.tuples(st.integers(OLDEST_MS, NOW_MS), st.floats(-MAX_VALUE, MAX_VALUE)), min_size=1, max_size=5))
def test_the_tolerant_reading_gives_what_the_documented_one_gives(pairs: list[tuple[int, float]]) -> None:
    value = encode_points("cpu", [time for time, _ in pairs], [each for _, each in pairs])
    documented = Decoder(0).decode(b"cpu", value, NOW_MS)
    assert documented == Decoder(0).decode(b"cpu", value[:-1] + b',"unit":"%"}', NOW_MS)
    assert list(zip(documented.timestamps_ms, documented.values, strict=True)) == pairs
