from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from stream.events.episodes import EpisodeEvent, ScoredPoint, encode_episode, encode_score
from stream.events.schemas import schema
from stream.formats.points import Decoder, encode_points
from tests.e2e.poison import POISON
from tests.unit.formats.feature_poison import MODEL_OF_ANY_FEATURES
from tests.unit.formats.make import OPEN, RECONSTRUCTED, SCORE, episode, score

POINT = Draft202012Validator(schema("point"))
EPISODE = Draft202012Validator(schema("episode"))
SCORED = Draft202012Validator(schema("score"))
BEYOND_SCHEMA = {"duplicate_field", "mixed_features", "mixed_series", "timestamp_future", "unknown_feature"}
"""Mistakes that a JSON Schema cannot express."""


@pytest.mark.parametrize("validator", [POINT, EPISODE, SCORED])
def test_a_schema_is_valid_itself(validator: Draft202012Validator) -> None:
    validator.check_schema(validator.schema)


@pytest.mark.parametrize(
    "event",
    [
        OPEN,
        episode(state="close", end=OPEN.timestamp),
        episode(state="update", reason="again", severity="critical", score=0.0),
        episode(state="update", reason="different"),
        episode(state="pending"),
        episode(state="passed", end=OPEN.timestamp),
        episode(expected=None, lower=None, upper=None, direction="below", flags=[]),
        episode(feature="mem"),
        episode(transform="rate", value=7e6),
        episode(transform="log"),
        RECONSTRUCTED,
        msgspec.structs.replace(RECONSTRUCTED, feature=msgspec.UNSET, state="close", end=OPEN.timestamp),
    ],
)
def test_the_schema_takes_episodes(event: EpisodeEvent) -> None:
    EPISODE.validate(json.loads(encode_episode(event)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"state": "half"}, "'half' is not one of"),
        ({"episode": "0123"}, "does not match"),
        ({"peak_score": 0.5}, "less than the minimum"),
        ({"actual": None}, "None is not of type 'number'"),
        ({"state": "close"}, "'end' is a required property"),
        ({"end": 1_404_172_800_000}, "False schema does not allow"),
        ({"state": "update"}, "'reason' is a required property"),
        ({"reason": "worse"}, "False schema does not allow"),
        ({"why": ""}, "'' should be non-empty"),
        ({"shares": {"value": 1.0}}, "'residual_3' is a required property"),
        ({"feature": ""}, "'' should be non-empty"),
        ({"window_start": OPEN.start}, "False schema does not allow"),
        ({"transform": "rate"}, "'value' is a required property"),
        ({"transform": "log", "value": 7e6}, "False schema does not allow"),
        ({"start": 1_404_172_800.5}, "is not of type 'integer'"),
    ],
)
def test_the_schema_refuses_what_is_no_episode(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        EPISODE.validate(json.loads(encode_episode(OPEN)) | changes)


def test_the_schema_refuses_a_forecast_from_a_reconstruction_model_and_no_shares_from_another() -> None:
    reconstructed, forecast = json.loads(encode_episode(RECONSTRUCTED)), json.loads(encode_episode(OPEN))
    assert not EPISODE.is_valid(reconstructed | {"expected": 1.0})
    assert not EPISODE.is_valid({name: part for name, part in forecast.items() if name != "shares"})


@pytest.mark.parametrize(
    "event",
    [
        SCORE,
        score(score=None, state="warming"),
        score(expected=None, state="anomalous"),
        score(feature="mem"),
        score(feature="mem", expected=None, lower=None, upper=None, score=None, state="filling"),
        score(transform="rate", rate=12.5),
        score(transform="rate", rate=None, expected=None, score=None, state="reset"),
        score(transform="log"),
    ],
)
def test_the_schema_takes_scores(event: ScoredPoint) -> None:
    SCORED.validate(json.loads(encode_score(event)))


@pytest.mark.parametrize(
    "event",
    [
        score(score=0.0, state="warming"),
        score(score=0.0, state="filling"),
        score(transform="rate", rate=None, score=0.0, state="reset"),
        score(score=None),
        score(score=-1.0),
    ],
)
def test_a_score_while_warming_or_filling_or_at_a_reset_or_none_otherwise_is_refused(event: ScoredPoint) -> None:
    with pytest.raises(ValidationError):
        SCORED.validate(json.loads(encode_score(event)))


@pytest.mark.parametrize("event", [score(rate=12.5), score(transform="rate"), score(score=None, state="reset")])
def test_a_rate_without_its_transform_and_the_other_way_round_are_refused(event: ScoredPoint) -> None:
    assert not SCORED.is_valid(json.loads(encode_score(event)))


@pytest.mark.parametrize(("described", "struct"), [(schema("episode"), EpisodeEvent), (schema("score"), ScoredPoint)])
def test_the_schema_describes_the_fields_that_are_written(
    described: dict[str, Any], struct: type[msgspec.Struct]
) -> None:
    assert list(described["properties"]) == list(struct.__struct_fields__)


@pytest.mark.parametrize(
    "value",
    [
        encode_points("cpu", [1_404_172_800_000], [1.5]),
        encode_points("cpu", [1_404_172_800_000, 1_404_172_801_000], [1.5, 2.0]),
        b'[{"series":"cpu","timestamp":"2014-07-01T00:00:00Z","value":1e18}]',
        b'{"series":"cpu","points":[["2014-07-01 00:00:00.5+02:00",0]]}',
        encode_points("cpu", [1_404_172_800_000], [1.5, 2.0], ("user", "system")),
        encode_points("cpu", [1_404_172_800_000, 1_404_172_801_000], [1.5, 2.0], ("user",)),
        b'{"series":"cpu","points":[[1404172800000,[1.5,2]]]}',
    ],
)
def test_the_schema_takes_what_the_decoder_takes(value: bytes) -> None:
    POINT.validate(json.loads(value))
    Decoder(0).decode(b"cpu", value, 1_764_000_000_000)


def is_json(value: bytes | None) -> bool:
    """Describe whether bytes are JSON as the standard has it, which json.loads does not ask for."""
    try:
        msgspec.json.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


JSON_POISON = [
    name
    for name, (key, value, reason) in POISON.items()
    if key == b"host-7/cpu" and reason not in BEYOND_SCHEMA and is_json(value)
]


@pytest.mark.parametrize("name", JSON_POISON)
def test_the_schema_refuses_what_the_decoder_refuses(name: str) -> None:
    document = msgspec.json.decode(POISON[name][1] or b"")
    assert not POINT.is_valid(document)


@pytest.mark.parametrize("name", [name for name in MODEL_OF_ANY_FEATURES if is_json(MODEL_OF_ANY_FEATURES[name][0])])
def test_the_schema_refuses_the_features_that_the_decoder_refuses(name: str) -> None:
    value, reason = MODEL_OF_ANY_FEATURES[name]
    assert reason in BEYOND_SCHEMA or not POINT.is_valid(msgspec.json.decode(value))
