"""Many messages at once: what is read of them is what the decoder gives one by one, the rest is left to it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from stream.formats.limits import MAX_VALUE, OLDEST_MS
from stream.formats.points import Decoder
from tests.e2e.poison import POISON

NOW_MS = 1_764_000_000_000
MAX_BYTES = 1_000
DECODER = Decoder(0, MAX_BYTES)
POINT = b'{"series":"cpu","timestamp":1404172800000,"value":1.5}'

timestamps = st.one_of(st.integers(OLDEST_MS - 2, OLDEST_MS + 2), st.integers(NOW_MS - 2, NOW_MS + 2), st.integers())
numbers = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([MAX_VALUE, -MAX_VALUE, 2e18, 7]))
series = st.sampled_from(["cpu", "mem", "h\u00f6he", 'a"b', "x" * 1025])
objects = st.fixed_dictionaries({"series": series, "timestamp": timestamps, "value": numbers}).map(json.dumps)
others = st.sampled_from(
    [
        *(
            '{"series":"cpu","timestamp":"2014-07-01T00:00:00Z","value":1}',
            '{"series":"cpu","points":[[1404172800000,1]]}',
        ),
        *('[{"series":"cpu","timestamp":1404172800000,"value":1}]', '{"series":"cpu","timestamp":1404172800000}'),
        *('{"series":"cpu","timestamp":1404172800000,"value":1,"value":2}', POINT.decode() + " " * MAX_BYTES, "", "["),
        '{"series":"cpu","timestamp":1404172800000,"value":1},{"series":"cpu","timestamp":1404172800000,"value":2}',
    ]
)
messages = st.lists(st.tuples(series.map(str.encode), st.one_of(objects, others).map(str.encode)), max_size=8)


@given(messages)
def test_what_is_plain_is_what_the_decoder_gives_and_what_is_not_has_another_shape(
    found: list[tuple[bytes, bytes]],
) -> None:
    plain = DECODER.decode_plain([key for key, _ in found], [value for _, value in found], NOW_MS)
    for at, (key, value) in enumerate(found):
        if plain.is_plain[at]:
            points = DECODER.decode(key, value, NOW_MS)
            assert points.timestamps_ms == [plain.timestamps_ms[at]]
            assert points.values == [plain.values[at]]


@given(st.integers(1, 5), timestamps.filter(lambda t: OLDEST_MS <= t <= NOW_MS), st.floats(-MAX_VALUE, MAX_VALUE))
def test_valid_points_of_plain_numbers_are_all_read(n: int, timestamp_ms: int, value: float) -> None:
    body = json.dumps({"series": "cpu", "timestamp": timestamp_ms, "value": value}).encode()
    plain = DECODER.decode_plain([b"cpu"] * n, [body] * n, NOW_MS)
    assert plain.is_plain.all()
    assert plain.values.tolist() == [value] * n


def test_bad_messages_are_left_to_the_decoder_and_disturb_no_neighbour() -> None:
    bad = [(key, value) for key, value, _ in POISON.values()]
    keys, values = zip(*[pair for each in bad for pair in (each, (b"cpu", POINT))], strict=True)
    plain = DECODER.decode_plain(list(keys), list(values), NOW_MS)
    assert plain.is_plain.tolist() == [False, True] * len(bad)


def test_features_are_left_to_the_decoder() -> None:
    plain = Decoder(0, features=("cpu", "mem")).decode_plain([b"cpu"], [POINT], NOW_MS)
    assert plain.is_plain.tolist() == [False]
