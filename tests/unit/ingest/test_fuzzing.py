"""Messages of each format that no sender writes: they end nothing, and their neighbours are read as if alone."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import cramjam
from hypothesis import given
from hypothesis import strategies as st

from stream.formats.points import Decoder
from stream.ingest.formats import READERS
from tests.unit.ingest.captures import FORMATS, captured
from tests.unit.ingest.intake import make_intake

SAMPLES = {FORMATS[name]: [message.value for message in captured(name)[:8]] for name in FORMATS} | {
    "statsd": [b"hits:2|c|@0.5|#a:b\nlatency:10|ms\n"],
    "vector": [
        b'{"name":"n","kind":"absolute","timestamp":"2026-11-23T20:38:49Z","counter":{"value":1.5}}',
        b'{"name":"took","kind":"incremental","timestamp":"2026-11-23T20:38:49Z","aggregated_histogram":'
        b'{"buckets":[{"upper_limit":1.0,"count":2},{"upper_limit":2.0,"count":2}],"count":4,"sum":4.0}}',
    ],
    "metricbeat": [
        b'{"@timestamp":"2026-11-23T20:38:49.000Z","event":{"module":"system"},"metricset":{"name":"load"},'
        b'"host":{"name":"host-7"},"system":{"load":{"1":2.5,"cores":2,"norm":{"1":1.25}}}}'
    ],
    "json": [b'{"host":"h","ts":1795466329,"cpu":0.5,"mem":{"free":5},"tags":{"dc":"d"}}'],
    "prometheus-remote-write": [
        (Path(__file__).resolve().parents[2] / "data" / "remote_write" / f"version_{version}.bin").read_bytes()
        for version in (2, 1)
    ],
    "native": [b'{"series":"a","points":[[1795466329000,1],[1795466330000,"2"]],"unit":"s"}'],
}
NOW_MS = 1_796_100_000_000
"""After all captures."""

IN_JSON = [name for name, values in SAMPLES.items() if values[0].startswith((b"{", b"["))]

NASTY = st.sampled_from(
    [b"NaN", b"1e999", b"-1", b"null", b"[", b"{", b'"', b"\\", b"\n", b"9" * 400, b"\xff", b":", b"}"]
)
STRANGE: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["NaN", "1e999", "-1", "2026-11-23T20:38:49", "999999999999999999999", "x" * 2000]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


def damage(draw: st.DrawFn, value: bytes) -> bytes:
    """Cut, repeat, overwrite or insert some bytes."""
    damaged = bytearray(value)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(damaged)))
        end = draw(st.integers(start, min(len(damaged), start + 30)))
        damaged[start:end] = draw(st.one_of(st.binary(max_size=8), st.just(bytes(damaged[start:end]) * 2), NASTY))
    return bytes(damaged)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """Take a message of some format, and damage it."""
    format_name = draw(st.sampled_from(sorted(SAMPLES)))
    value = draw(st.sampled_from(SAMPLES[format_name]))
    if format_name == "prometheus-remote-write" and draw(st.booleans()):
        unpacked = damage(draw, bytes(cramjam.snappy.decompress_raw(value)))
        return format_name, bytes(cramjam.snappy.compress_raw(unpacked))
    return format_name, damage(draw, value)


@st.composite
def varied(draw: st.DrawFn) -> tuple[str, bytes]:
    """Take a message in JSON, and put something else in the place of some of its parts."""
    format_name = draw(st.sampled_from(sorted(IN_JSON)))
    document = json.loads(draw(st.sampled_from(SAMPLES[format_name])))
    for _ in range(draw(st.integers(1, 3))):
        document = replaced(draw, document)
    return format_name, json.dumps(document).encode()


def replaced(draw: st.DrawFn, document: Any) -> Any:
    """Replace a part of a document, found on the way down from its root."""
    if not isinstance(document, (dict, list)) or not document or draw(st.integers(0, 4)) == 0:
        return draw(STRANGE)
    if isinstance(document, list):
        at = draw(st.integers(0, len(document) - 1))
        return [*document[:at], replaced(draw, document[at]), *document[at + 1 :]]
    field = draw(st.sampled_from(sorted(document)))
    if draw(st.integers(0, 9)) == 0:
        return {name: found for name, found in document.items() if name != field}
    return document | {field: replaced(draw, document[field])}


anything = st.tuples(st.sampled_from(sorted(READERS)), st.binary(max_size=200))


@cache
def undisturbed(format_name: str) -> dict[str, list[tuple[int, float]]]:
    """Read the first message of a format twice."""
    good = SAMPLES[format_name][0]
    points = make_intake(format_name).read(good, good, now_ms=NOW_MS).points
    assert points
    return points


@given(st.one_of(damaged(), varied(), anything))
def test_a_damaged_message_ends_nothing_and_harms_no_neighbour(message: tuple[str, bytes]) -> None:
    format_name, value = message
    good = SAMPLES[format_name][0]
    batch = make_intake(format_name).read(good, value, good, now_ms=NOW_MS)
    for series, points in undisturbed(format_name).items():
        assert not Counter(points) - Counter(batch.points[series])
    decoder = Decoder(future_tolerance_s=60)
    for series, encoded in batch.messages():
        decoder.decode(series.encode(), encoded, NOW_MS)
