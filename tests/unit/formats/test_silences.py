"""Events of silences: their bytes, their schema, their headers."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError
from msgspec.structs import replace

from stream.errors import DataError
from stream.events.anomalies import decode_event
from stream.events.episodes import Input, encode_episode
from stream.events.schemas import schema
from stream.events.silences import SilenceEvent, back_after, encode_silence, silence_headers, silence_id, silent_since
from tests.unit.formats.make import OPEN

VALIDATOR = Draft202012Validator(schema("silence"))
START_MS = 1_404_172_800_000

SILENT = SilenceEvent(
    series="host-7/cpu",
    episode=silence_id("host-7/cpu", START_MS),
    state="silent",
    why=silent_since(START_MS, 60_000, 490),
    start=START_MS,
    timestamp=START_MS + 300_000,
    interval=60_000,
    others=490,
)
BACK = SilenceEvent(
    series="host-7/cpu",
    feature="user",
    episode=silence_id("host-7/cpu", START_MS, "user"),
    state="back",
    why=back_after(5_400_000),
    start=START_MS,
    timestamp=START_MS + 5_400_000,
    end=START_MS + 5_400_000,
    interval=60_000,
    input=Input("metrics", 3, 1412),
)


@pytest.mark.parametrize("event", [SILENT, BACK])
def test_a_silence_survives_its_bytes_and_fits_its_schema(event: SilenceEvent) -> None:
    VALIDATOR.validate(json.loads(encode_silence(event)))
    assert decode_event(encode_silence(event)) == event


def test_an_event_of_an_episode_is_read_as_one() -> None:
    assert decode_event(encode_episode(OPEN)) == OPEN


@pytest.mark.parametrize("value", [b"", b"7", b"{}", b'{"state": "silent"}', b'{"state": 7}', b"\xff"])
def test_what_is_neither_is_refused(value: bytes) -> None:
    with pytest.raises(DataError, match="event of"):
        decode_event(value)


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (SILENT, {"state": "quiet"}),
        (SILENT, {"end": START_MS}),
        (SILENT, {"others": 0}),
        (BACK, {"others": 3}),
        (BACK, {"interval": -1}),
    ],
)
def test_the_schema_refuses_what_is_no_silence(event: SilenceEvent, changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        VALIDATOR.validate(json.loads(encode_silence(event)) | changes)


def test_the_sentences_say_since_when_and_for_how_long() -> None:
    assert SILENT.why == (
        "no points since 01 Jul 00:00 UTC, one every 1m00s is usual; 490 other series of its partition are silent too"
    )
    assert BACK.why == "back after 1h30m without points"


def test_the_id_tells_apart_series_features_and_silences() -> None:
    ids = [silence_id("a", 1), silence_id("b", 1), silence_id("a", 2), silence_id("a", 1, "x")]
    assert len(set(ids)) == 4
    assert all(len(name) == 32 for name in ids)


def test_the_headers_say_what_kind_of_event_it_is() -> None:
    headers = dict(silence_headers(SILENT, "metrics"))
    assert headers["ce_type"] == b"streamgauge.silence.silent"
    assert headers["ce_id"] == f"{SILENT.episode}/silent/{SILENT.timestamp}".encode()
    assert headers["ce_source"] == b"/streamgauge/metrics"
    assert replace(SILENT, others=3).episode == SILENT.episode
