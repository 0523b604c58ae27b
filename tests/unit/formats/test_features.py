from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.formats.documented_points import Points
from stream.formats.limits import MAX_VALUE, OLDEST_MS
from stream.formats.points import Decoder, encode_points
from stream.formats.rejections import BadMessageError, Reason
from tests.unit.formats.feature_poison import KEY, MODEL_OF_ANY_FEATURES, MODEL_OF_CPU_AND_MEM, columns, point

NOW_MS = 1_764_000_000_000
ANY = Decoder(7200)
CPU_AND_MEM = Decoder(7200, features=("cpu", "mem"))
PLAIN = Decoder(7200, features=("value",))

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=256)
features = st.lists(names, min_size=1, max_size=5, unique=True).map(tuple)
numbers = st.floats(-MAX_VALUE, MAX_VALUE)


def decode(value: bytes, decoder: Decoder = ANY) -> Points:
    return decoder.decode(KEY, value, NOW_MS)


def outcome(value: bytes, decoder: Decoder) -> Points | Reason:
    """Decode a message that may be good or bad."""
    try:
        return decode(value, decoder)
    except BadMessageError as bad:
        return bad.reason


def test_an_object_is_a_point_of_named_features() -> None:
    assert decode(point(b'{"mem":2,"cpu":1.5}')) == Points([1404172800000], [2.0, 1.5], ("mem", "cpu"))


def test_an_array_is_a_point_of_numbered_features() -> None:
    assert decode(point(b"[3,1.5]")) == Points([1404172800000], [3.0, 1.5], ("0", "1"))


def test_an_array_of_objects_has_features_too() -> None:
    value = b"[%s,%s]" % (point(b'{"cpu":1,"mem":2}'), point(b'{"cpu":3,"mem":4}'))
    assert decode(value) == Points([1404172800000] * 2, [1.0, 2.0, 3.0, 4.0], ("cpu", "mem"))


def test_the_first_point_s_order_is_that_of_all() -> None:
    assert decode(columns(b'{"cpu":1,"mem":2}', b'{"mem":4,"cpu":3}')).values == [1.0, 2.0, 3.0, 4.0]


def test_an_array_fits_an_object_whose_names_are_numbers() -> None:
    assert decode(columns(b'{"0":1,"1":2}', b"[3,4]")).values == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("value", [columns(b"[1,2]", b"[3,4]"), columns(b'{"mem":2,"cpu":1}', b'{"cpu":3,"mem":4}')])
def test_the_model_s_order_is_that_of_all(value: bytes) -> None:
    assert decode(value, CPU_AND_MEM) == Points([1404172800000] * 2, [1.0, 2.0, 3.0, 4.0], ("cpu", "mem"))


@pytest.mark.parametrize("value", [b"1.5", b'{"value":1.5}', b"[1.5]"])
def test_the_one_feature_called_value_is_a_plain_number(value: bytes) -> None:
    for message in (point(value), columns(value), columns(value, value)):
        assert set(decode(message, PLAIN).values) == {1.5}
        assert decode(message, PLAIN).features == ()


def test_a_plain_number_beside_the_feature_called_value_is_the_same() -> None:
    assert decode(columns(b"1", b'{"value":2}', b"[3]"), PLAIN).values == [1.0, 2.0, 3.0]


def test_one_feature_of_another_name_is_no_plain_number() -> None:
    one = Decoder(7200, features=("cpu",))
    assert decode(point(b'{"cpu":1}'), one).features == ("cpu",)
    assert outcome(point(b"1"), one) == Reason.MISSING_FEATURE


def test_plain_numbers_have_no_features() -> None:
    assert decode(columns(b"1", b"2")) == Points([1404172800000] * 2, [1.0, 2.0], ())


def test_features_may_be_named_like_the_fields_of_a_message() -> None:
    value = point(b'{"series":1,"timestamp":2,"value":3,"points":4,"__faust":5}')
    assert decode(value).features == ("series", "timestamp", "value", "points", "__faust")


def test_names_with_escaped_quotes_and_iso_timestamps_are_read() -> None:
    value = point(b'{"a\\"":1,"\\u0022b":2}').replace(b"1404172800000", b'"2014-07-01T00:00:00Z"')
    assert decode(value) == Points([1404172800000], [1.0, 2.0], ('a"', '"b'))


@pytest.mark.parametrize("name", MODEL_OF_ANY_FEATURES)
def test_features_that_no_model_takes_are_refused_with_their_reason(name: str) -> None:
    value, reason = MODEL_OF_ANY_FEATURES[name]
    assert outcome(value, ANY) == reason


@pytest.mark.parametrize("name", MODEL_OF_CPU_AND_MEM)
def test_features_that_are_not_the_model_s_are_refused_with_their_reason(name: str) -> None:
    value, reason = MODEL_OF_CPU_AND_MEM[name]
    assert outcome(value, CPU_AND_MEM) == reason


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        (point(b'{"cpu":1}'), "missing_feature: no feature 'mem', expected 2: cpu, mem"),
        (point(b"7"), "missing_feature: the value is a plain number, expected 2: cpu, mem"),
        (point(b"[7]"), "missing_feature: the value is an array of 1 numbers, expected 2: cpu, mem"),
        (point(b'{"cpu":1,"mem":2,"a\\nb":3}'), "unknown_feature: feature 'a\N{REPLACEMENT CHARACTER}b' is unknown"),
        (point(b'{"cpu":1,"mem":2e18}'), "value_too_large: feature 'mem' 2e[+]18: its magnitude is above 1e[+]18"),
        (point(b'{"cpu":1,"mem":2,"cpu":3}'), "duplicate_field: field 'cpu' occurs 2 times in one object"),
    ],
)
def test_a_detail_names_the_feature(value: bytes, detail: str) -> None:
    with pytest.raises(BadMessageError, match=detail):
        decode(value, CPU_AND_MEM)


def test_a_detail_names_the_point_that_differs() -> None:
    with pytest.raises(BadMessageError, match="mixed_features: points 0 and 2 have different features"):
        decode(columns(b'{"cpu":1}', b'{"cpu":1}', b'{"mem":1}'))


def test_a_timestamp_of_a_point_with_features_is_checked() -> None:
    value = encode_points("host-7", [NOW_MS, OLDEST_MS // 1000 - 1], [1.0, 2.0, 3.0, 4.0], ("cpu", "mem"))
    assert outcome(value, ANY) == outcome(value, CPU_AND_MEM) == Reason.TIMESTAMP_ABSURD


def test_the_longest_name_is_taken() -> None:
    assert decode(point(b'{"%s":1}' % (b"x" * 256))).features == ("x" * 256,)


def test_a_crowd_of_features_is_refused_before_its_repeats_are_looked_for() -> None:
    value = b",".join(b'"%d":1' % i for i in range(70_000))
    assert outcome(point(b'{%s,"0":1}' % value), ANY) == Reason.TOO_MANY_FEATURES


@given(features, st.data())
def test_what_is_encoded_is_decoded(names: tuple[str, ...], data: st.DataObject) -> None:
    timestamps_ms = data.draw(st.lists(st.integers(OLDEST_MS, NOW_MS), min_size=1, max_size=10))
    n_values = len(timestamps_ms) * len(names)
    values = data.draw(st.lists(numbers, min_size=n_values, max_size=n_values))
    message = encode_points("host-7", timestamps_ms, values, names)
    assert decode(message) == Points(timestamps_ms, values, names)
    assert decode(message, Decoder(7200, features=names)).values == values


@given(features, st.data())
def test_the_order_in_a_message_makes_no_difference_to_a_model(names: tuple[str, ...], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(names))
    value = json.dumps({name: names.index(name) for name in shuffled}).encode()
    assert decode(point(value), Decoder(7200, features=names)).values == [float(i) for i in range(len(names))]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["cpu", "mem", "value", ""]), inner),
    max_leaves=6,
)


@given(st.lists(json_values, min_size=1, max_size=3), st.sampled_from([ANY, CPU_AND_MEM, PLAIN]))
def test_arbitrary_values_are_whole_points_or_a_bad_message(values: list[object], decoder: Decoder) -> None:
    found = outcome(columns(*(json.dumps(value).encode() for value in values)), decoder)
    assert isinstance(found, Reason) or len(found.values) == len(found.timestamps_ms) * max(1, len(found.features))
