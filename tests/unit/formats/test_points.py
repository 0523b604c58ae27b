from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stream.formats.documented_points import Points
from stream.formats.limits import MAX_VALUE, OLDEST_MS
from stream.formats.points import Decoder, encode_points
from stream.formats.rejections import BadMessageError, Reason
from tests.e2e.poison import POISON
from tests.unit.formats.feature_poison import MODEL_OF_ANY_FEATURES, MODEL_OF_CPU_AND_MEM

NOW_MS = 1_764_000_000_000
DECODER = Decoder(future_tolerance_s=7200)

timestamps = st.integers(OLDEST_MS, NOW_MS)
values = st.floats(-MAX_VALUE, MAX_VALUE)
columns = st.lists(st.tuples(timestamps, values), min_size=1, max_size=20)


def decode(value: bytes, key: bytes = b"cpu", now_ms: int = NOW_MS) -> list[tuple[int, float]]:
    """Decode a message as pairs."""
    points = DECODER.decode(key, value, now_ms)
    return list(zip(points.timestamps_ms, points.values, strict=True))


def refusal(key: bytes | None, value: bytes | None) -> BadMessageError:
    """Decode a message that must be refused."""
    with pytest.raises(BadMessageError) as refused:
        DECODER.decode(key, value, NOW_MS)
    return refused.value


def outcome(key: bytes | None, value: bytes | None) -> Points | Reason:
    """Decode a message that may be good or bad."""
    try:
        return DECODER.decode(key, value, NOW_MS)
    except BadMessageError as bad:
        return bad.reason


def test_an_object_is_one_point() -> None:
    assert decode(b'{"series":"cpu","timestamp":1404172800000,"value":1.5}') == [(1404172800000, 1.5)]


def test_an_array_of_objects_is_their_points_in_order() -> None:
    value = (
        b'[{"series":"cpu","timestamp":1404172801000,"value":1},{"value":2,"timestamp":1404172800000,"series":"cpu"}]'
    )
    assert decode(value) == [(1404172801000, 1.0), (1404172800000, 2.0)]


def test_columns_are_their_points_in_order() -> None:
    value = b' {"points": [[1404172800000, 1], [1404172801000, 2e3]], "series": "cpu"}\n'
    assert decode(value) == [(1404172800000, 1.0), (1404172801000, 2000.0)]


@pytest.mark.parametrize(
    "written",
    ["2014-07-01T00:00:00Z", "2014-07-01T02:00:00.000+02:00", "2014-06-30 19:00:00-0500", "2014-07-01t00:00:00z"],
)
def test_an_iso_timestamp_is_read_with_its_offset(written: str) -> None:
    assert decode(encode_points("cpu", [0], [1.0]).replace(b"0,", f'"{written}",'.encode())) == [(1404172800000, 1.0)]


def test_an_iso_timestamp_is_cut_to_milliseconds() -> None:
    assert decode(b'{"series":"cpu","timestamp":"2014-07-01T00:00:00.0019Z","value":1}') == [(1404172800001, 1.0)]


def test_iso_and_numeric_timestamps_may_be_mixed() -> None:
    value = b'{"series":"cpu","points":[["2014-07-01T00:00:00Z",1],[1404172801000,2]]}'
    assert decode(value) == [(1404172800000, 1.0), (1404172801000, 2.0)]


@pytest.mark.parametrize("series", ["", 'a"b', "\\", "\0", "a\nb", "../../x", "überlauf 🌊", "\u202e", "x" * 1024])
def test_the_name_of_a_series_is_opaque(series: str) -> None:
    assert decode(encode_points(series, [OLDEST_MS], [1.0]), key=series.encode()) == [(OLDEST_MS, 1.0)]


def test_a_series_with_escaped_quotes_and_an_iso_timestamp_is_read() -> None:
    value = b'{"series":"a\\"\\u0022b","timestamp":"2014-07-01T00:00:00Z","value":1}'
    assert decode(value, key=b'a""b') == [(1404172800000, 1.0)]


def test_a_duplicate_behind_escaped_quotes_is_found() -> None:
    value = b'{"series":"a\\u0022\\u0022","timestamp":1404172800000,"value":1,"value":2}'
    assert refusal(b'a""', value).reason == Reason.DUPLICATE_FIELD


@pytest.mark.parametrize("name", POISON)
def test_poison_is_refused_with_its_reason(name: str) -> None:
    key, value, reason = POISON[name]
    assert refusal(key, value).reason == reason


def test_every_reason_but_for_size_and_headers_has_a_poison_that_shows_it() -> None:
    poison = {reason for _, _, reason in POISON.values()} | {reason for _, reason in MODEL_OF_CPU_AND_MEM.values()}
    poison |= {reason for _, reason in MODEL_OF_ANY_FEATURES.values()}
    of_ingest = {Reason.FORMAT_UNKNOWN, Reason.FORMAT_MISMATCH}
    of_headers = {Reason.MESSAGE_TOO_LARGE, Reason.HEADER_NOT_UTF8, Reason.PAGE_FROM_UNREADABLE}
    assert poison == set(Reason) - of_headers - of_ingest


@pytest.mark.parametrize("name", POISON)
def test_a_detail_is_one_short_printable_line(name: str) -> None:
    key, value, _ = POISON[name]
    detail = refusal(key, value).detail
    assert 0 < len(detail) <= 200
    assert detail.isprintable()


def test_a_detail_holds_no_control_characters_of_the_message() -> None:
    detail = refusal(b"cpu\x1b[2J\nfake log line", b'{"series":"cpu","timestamp":1404172800000,"value":1}').detail
    assert "cpu\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}fake" in detail


def test_a_longer_message_than_allowed_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(BadMessageError, match=r"message_too_large: 11 bytes, the limit is 10"):
        Decoder(0, max_message_bytes=10).decode(b"cpu", b"[" * 11, NOW_MS)


def test_a_point_within_the_tolerance_is_taken_and_a_later_one_refused() -> None:
    latest_ms = NOW_MS + 7_200_000
    assert decode(encode_points("cpu", [latest_ms], [1.0])) == [(latest_ms, 1.0)]
    assert refusal(b"cpu", encode_points("cpu", [latest_ms + 1], [1.0])).reason == Reason.TIMESTAMP_FUTURE


def test_the_worker_s_clock_decides_what_is_the_future() -> None:
    value = encode_points("cpu", [NOW_MS], [1.0])
    with pytest.raises(BadMessageError, match=r"timestamp_future: .* is 3600\.000 s later"):
        decode(value, now_ms=NOW_MS - 10_800_000)


@pytest.mark.parametrize("timestamp_ms", [-(10**18), -1, 0, OLDEST_MS // 1000 - 1, -OLDEST_MS])
def test_a_timestamp_out_of_all_reason_is_refused_in_every_shape(timestamp_ms: int) -> None:
    expected = Reason.TIMESTAMP_NEGATIVE if timestamp_ms < 0 else Reason.TIMESTAMP_ABSURD
    point = b'{"series":"cpu","timestamp":%d,"value":1}' % timestamp_ms
    for value in (point, b"[" + point + b"]", b'{"series":"cpu","points":[[1404172800000,1],[%d,1]]}' % timestamp_ms):
        assert refusal(b"cpu", value).reason == expected


@pytest.mark.parametrize("written", ["1.1e18", "-1.1e18", "1e300", "-1e300"])
def test_a_value_whose_square_does_not_fit_float32_is_refused_in_every_shape(written: str) -> None:
    point = f'{{"series":"cpu","timestamp":1404172800000,"value":{written}}}'
    columns = f'{{"series":"cpu","points":[[1404172800000,1],[1404172800000,{written}]]}}'
    for value in (point, f"[{point}]", columns):
        assert refusal(b"cpu", value.encode()).reason == Reason.VALUE_TOO_LARGE


@pytest.mark.parametrize("value", [MAX_VALUE, -MAX_VALUE, 0.0, -0.0, 5e-324])
def test_the_largest_and_the_smallest_values_are_taken(value: float) -> None:
    assert decode(encode_points("cpu", [OLDEST_MS, NOW_MS], [value, value])) == [(OLDEST_MS, value), (NOW_MS, value)]


@given(st.text(st.characters(exclude_categories=["Cs"])), columns)
def test_what_is_encoded_is_decoded(series: str, points: list[tuple[int, float]]) -> None:
    value = encode_points(series, [timestamp for timestamp, _ in points], [value for _, value in points])
    assert decode(value, key=series.encode()) == points


@given(columns, st.booleans())
def test_json_of_another_library_is_decoded(points: list[tuple[int, float]], spaced: bool) -> None:
    separators = (", ", ": ") if spaced else (",", ":")
    array = [{"series": "cpu", "timestamp": timestamp, "value": value} for timestamp, value in points]
    assert decode(json.dumps(array, separators=separators).encode()) == points


@given(st.none() | st.binary(), st.none() | st.binary())
@example(b"cpu", b"null")
def test_arbitrary_bytes_raise_nothing_but_bad_message(key: bytes | None, value: bytes | None) -> None:
    refusal(key, value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(1404172800000) | st.just("cpu"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["series", "timestamp", "value", "points", "__faust", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_arbitrary_json_is_points_or_a_bad_message(document: object) -> None:
    found = outcome(b"cpu", json.dumps(document).encode())
    assert isinstance(found, Reason) or all(OLDEST_MS <= timestamp <= NOW_MS for timestamp in found.timestamps_ms)


@given(st.sampled_from(sorted(POISON)), st.integers(0, 70), st.integers(0, 255))
def test_a_damaged_message_raises_nothing_but_bad_message(name: str, position: int, byte: int) -> None:
    key, value, _ = POISON[name]
    damaged = bytearray(value or b"")
    damaged[position : position + 1] = bytes([byte])
    assert isinstance(outcome(key, bytes(damaged)), Points | Reason)
