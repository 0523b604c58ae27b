"""Fuzz of the metrics topic: what `Decoder` accepts."""

from __future__ import annotations

import math

from stream.formats.documented_points import Points
from stream.formats.points import Decoder, encode_points
from stream.formats.rejections import BadMessageError
from stream.formats.tolerant.counts import Tolerated
from tests.fuzz.strict import FIRST_MS, MAX_VALUE, expect, numbers, read_points

NOW_MS, TOLERANCE_S = 1_800_000_000_000, 7_200.0
LATEST_MS = NOW_MS + int(1000 * TOLERANCE_S)
START = 1_700_000_000_000

POINTS = [
    encode_points("a", [START], [1.5]),
    encode_points("a", [START, START + 60_000], [1.5, -2e9]),
    encode_points("a", [START], [1.0, 2.0], ("cpu", "mem")),
    encode_points("a", [START, START + 1], [1.0, 2.0, 3.0, 4.0], ("cpu", "mem")),
    b'{"series":"a","timestamp":"2023-11-14T22:13:20Z","value":3}',
    b'{"series":"a","timestamp":1700000000.5,"value":"3.5","unit":"ms"}',
    b'{"series":"a","points":[["2023-11-14T22:13:20",null],[1700000000000000001,true]]}',
    b'[{"series":"a","timestamp":1700000000000,"value":1},{"series":"a","timestamp":1700000060000,"value":2}]',
    b'{"series":"a","points":[["2023-11-14T22:13:20+01:00",1],[1700000000001,2.5]]}',
    b'{"series":"a","timestamp":1700000000000,"value":[1,2]}',
]
PAIR = ("cpu", "mem")
_decoder, _pair_decoder = Decoder(TOLERANCE_S), Decoder(TOLERANCE_S, features=PAIR)


def accepts_points(value: bytes) -> bool:
    """Decode a message of the metrics topic."""
    plain = _decoder.decode_plain([b"a"], [value], NOW_MS)
    points = _decode(_decoder, value, ())
    if points is None:
        expect(not plain.is_plain[0], "no plain point in a message that is refused")
        return False
    if plain.is_plain[0]:
        assert ([int(plain.timestamps_ms[0])], [float(plain.values[0])]) == (points.timestamps_ms, points.values)
    return True


def accepts_feature_points(value: bytes) -> bool:
    """Decode a message for a model of two features."""
    points = _decode(_pair_decoder, value, PAIR)
    if points is not None:
        expect(len(points.values) == 2 * len(points.timestamps_ms), "two numbers a point")
    return points is not None


def _decode(decoder: Decoder, value: bytes, features: tuple[str, ...]) -> Points | None:
    """Decode a message; None if it is refused.

    As documented, it has the points of the strict reading. Anything else is counted as tolerated.
    """
    decoder.tolerated = Tolerated()
    try:
        points = decoder.decode(b"a", value, NOW_MS)
    except BadMessageError:
        return None
    expect(all(FIRST_MS <= each <= LATEST_MS for each in points.timestamps_ms), "times in range")
    expect(all(math.isnan(each) or abs(each) <= MAX_VALUE for each in points.values), "values in range")
    if not decoder.tolerated.kinds:
        assert (points.timestamps_ms, points.values) == _strictly(value, features)
    return points


def _strictly(value: bytes, features: tuple[str, ...]) -> tuple[list[int], list[float]]:
    """Return times and values as the strict reading has them; those of features in their order."""
    _, times, rows = read_points(b"a", value, LATEST_MS)
    in_order = [[row[name] for name in features or row] if isinstance(row, dict) else row for row in rows]
    return times, [each for row in in_order for each in numbers(row)]
