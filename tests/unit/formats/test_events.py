from __future__ import annotations

import json
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import DataError
from stream.events.episodes import (
    EpisodeEvent,
    decode_episode,
    direction,
    encode_episode,
    encode_score,
    episode_headers,
    episode_id,
)
from tests.unit.formats.make import OPEN, RECONSTRUCTED, SCORE, episode, score

SHA256 = "ab" * 32
OPTIONAL = {"feature", "reason", "window_start", "end", "transform", "value"}
names = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(names, st.integers(0, 2**53), numbers, st.none() | numbers, st.lists(names, max_size=3))
def test_an_episode_survives_its_bytes(
    series: str, start: int, actual: float, expected: float | None, flags: list[str]
) -> None:
    event = episode(series=series, start=start, actual=actual, expected=expected, flags=flags)
    assert decode_episode(encode_episode(event)) == event


def test_the_body_is_plain_json_in_the_order_of_the_documentation() -> None:
    body = json.loads(encode_episode(OPEN))
    assert list(body) == [name for name in EpisodeEvent.__struct_fields__ if name not in OPTIONAL]
    assert body["input"] == {"topic": "metrics", "partition": 3, "offset": 1412}


def test_only_a_close_has_an_end() -> None:
    closed = episode(state="close", end=1_404_172_860_000)
    assert json.loads(encode_episode(closed))["end"] == 1_404_172_860_000
    assert b'"end"' not in encode_episode(OPEN)


def test_only_an_update_has_a_reason() -> None:
    assert json.loads(encode_episode(episode(state="update", reason="worse")))["reason"] == "worse"
    assert b'"reason"' not in encode_episode(OPEN)


def test_an_event_without_its_sentence_is_read_all_the_same() -> None:
    body = json.loads(encode_episode(OPEN))
    del body["why"]
    assert decode_episode(json.dumps(body).encode()) == episode(why=msgspec.UNSET)


def test_an_event_of_a_reconstruction_model_has_the_window_s_start_and_no_forecast_and_no_shares() -> None:
    body = json.loads(encode_episode(RECONSTRUCTED))
    absent = {"reason", "end", "transform", "value", "shares", "evidence", "observed"}
    assert list(body) == [name for name in EpisodeEvent.__struct_fields__ if name not in absent]
    assert [body["expected"], body["lower"], body["upper"]] == [None, None, None]
    assert decode_episode(encode_episode(RECONSTRUCTED)) == RECONSTRUCTED


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_written_as_null(number: float) -> None:
    assert json.loads(encode_score(score(expected=number)))["expected"] is None


def test_a_score_that_is_not_there_is_null_and_not_zero() -> None:
    assert json.loads(encode_score(score(score=None, state="warming")))["score"] is None


def test_a_score_is_written_with_its_fields() -> None:
    assert json.loads(encode_score(SCORE)) == {
        "series": "host-7/cpu",
        "timestamp": 1404172800000,
        "value": 10844.0,
        "expected": 8127.5,
        "lower": 7000.25,
        "upper": 9200.75,
        "score": 0.125,
        "state": "normal",
    }


def test_the_feature_comes_after_the_series_where_there_is_one() -> None:
    assert list(json.loads(encode_score(score(feature="mem"))))[:2] == ["series", "feature"]
    assert list(json.loads(encode_episode(episode(feature="mem"))))[:2] == ["series", "feature"]
    assert b"feature" not in encode_score(SCORE) + encode_episode(OPEN)


def test_the_headers_do_not_depend_on_the_feature() -> None:
    assert episode_headers(episode(feature="mem")) == episode_headers(OPEN)


def test_a_reader_passes_over_fields_of_a_later_version() -> None:
    assert decode_episode(encode_episode(OPEN).replace(b"{", b'{"labels":{"host":"7"},', 1)) == OPEN


@pytest.mark.parametrize("value", [b"", b"{}", b"\xff", b'"open"', encode_episode(OPEN).replace(b'"open"', b'"half"')])
def test_bytes_that_are_no_episode_are_a_data_error(value: bytes) -> None:
    with pytest.raises(DataError, match="not an event of an episode: "):
        decode_episode(value)


def test_the_headers_are_the_attributes_of_cloudevents_in_binary_mode() -> None:
    assert dict(episode_headers(OPEN)) == {
        "ce_specversion": b"1.0",
        "ce_id": b"0123456789abcdef0123456789abcdef/open/1404172800000",
        "ce_source": b"/streamgauge/metrics",
        "ce_type": b"streamgauge.episode.open",
        "ce_time": b"2014-07-01T00:00:00.000Z",
        "ce_subject": b"host-7/cpu",
        "content-type": b"application/json",
    }


def test_a_repeat_after_a_replay_has_the_same_cloudevents_id_and_another_event_has_not() -> None:
    ids = [dict(episode_headers(event))["ce_id"] for event in (OPEN, episode(score=1.5), episode(state="update"))]
    assert ids[0] == ids[1] != ids[2]


def test_the_time_of_an_event_is_exact_to_the_millisecond() -> None:
    event = episode(timestamp=1_404_172_800_007)
    assert dict(episode_headers(event))["ce_time"] == b"2014-07-01T00:00:00.007Z"


def test_an_episode_s_id_is_a_constant_of_the_wire_format() -> None:
    assert episode_id("host-7/cpu", 1_404_172_800_000, SHA256) == "a505e0cacf9532fcfee80007043d7293"
    assert episode_id("host-7/cpu", 1_404_172_800_000, SHA256, "mem") == "d0f12b3d2119de7c3a1de7ea0072d003"


def test_episodes_of_another_series_feature_start_or_model_have_other_ids() -> None:
    ids = {
        episode_id("cpu", 1, SHA256),
        episode_id("cpu/1", 1, SHA256),
        episode_id("1/cpu", 1, SHA256),
        episode_id("cpu", 11, SHA256),
        episode_id("cpu", 1, "cd" * 32),
        episode_id("cpu", 1, SHA256, "1"),
        episode_id("cpu1", 1, SHA256, ""),
        episode_id("cpu1", 1, SHA256),
    }
    assert len(ids) == 8


@pytest.mark.parametrize(("residual", "expected"), [(0.5, "above"), (0.0, "above"), (-0.5, "below")])
def test_direction_is_the_side_of_the_expected_value(residual: float, expected: str) -> None:
    assert direction(residual) == expected
