from __future__ import annotations

import json

import msgspec
import pytest

from stream.control.codec import ControlRecordError, check, decode, encode, key_of, schema
from stream.control.records import Ack, ControlRecord, ControlRule, Learn, Mute, Verdict

EPISODE = "0123456789abcdef0123456789abcdef"
AT = 1_700_000_000_000
RECORDS: dict[str, ControlRecord] = {
    "rule/r1": ControlRule(by="ann", at=AT, name="r1", rule={"match": "host-7/*", "sensitivity": "low", "for": "5m"}),
    "mute/m1": Mute(by="ann", at=AT, why="disk swap", id="m1", match="host-7/*", until=AT + 1),
    f"ack/{EPISODE}": Ack(by="ann", at=AT, episode=EPISODE, series="host-7/cpu"),
    f"verdict/{EPISODE}": Verdict(
        by="ann",
        at=AT,
        episode=EPISODE,
        series="a",
        verdict="real",
        start=1,
        end=2,
        evidence="spike",
        direction="above",
    ),
    "learn/host-7/cpu": Learn(by="ann", at=AT, series="host-7/cpu", from_ms=AT),
    "learn/host-7\x1fcpu": Learn(by="ann", at=AT, series="host-7", feature="cpu", from_ms=AT),
}


@pytest.mark.parametrize("key", RECORDS)
def test_a_record_comes_back_from_its_key_and_value(key: str) -> None:
    record = RECORDS[key]
    assert key_of(record) == key.encode()
    assert decode(key_of(record), encode(record)) == record


def test_a_value_is_json_that_names_its_kind() -> None:
    assert json.loads(encode(RECORDS["mute/m1"])) == {
        "kind": "mute",
        "id": "m1",
        "match": "host-7/*",
        "until": AT + 1,
        "by": "ann",
        "at": AT,
        "why": "disk swap",
    }


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"kind": "mutes"}, "Invalid value 'mutes' - at `$.kind`"),
        ({"until": "soon"}, "Expected `int`, got `str` - at `$.until`"),
        ({"until": -1}, "Expected `int` >= 0 - at `$.until`"),
        ({"untill": 5}, "Object contains unknown field `untill`"),
        ({"id": "m2"}, "expected the key mute/m2 for this value"),
    ],
)
def test_an_invalid_value_is_refused_with_what_was_expected(changes: dict[str, object], text: str) -> None:
    value = json.loads(encode(RECORDS["mute/m1"])) | changes
    with pytest.raises(ControlRecordError, match="control record mute/m1: ") as error:
        decode(b"mute/m1", json.dumps(value).encode())
    assert text in str(error.value)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"match": "*", "transfrom": "rate"}, "transfrom: there is no such field; did you mean transform?"),
        ({"match": "*", "transform": "cube"}, "transform: expected 'none', 'rate' or 'log'; found 'cube'"),
        ({"transform": "log"}, "match: expected it to be given"),
        ({"match": "*", "maintenance": [{"from": "2", "to": "3"}]}, "maintenance, window 1: expected ISO 8601"),
    ],
)
def test_a_rule_that_settings_would_refuse_is_refused(rule: dict[str, object], text: str) -> None:
    with pytest.raises(ControlRecordError) as error:
        check(ControlRule(by="ann", at=AT, name="r", rule=rule))
    assert text in str(error.value)


def test_a_name_with_a_line_break_is_refused() -> None:
    with pytest.raises(ControlRecordError, match="matching regex"):
        check(ControlRule(by="ann", at=AT, name="two\nlines", rule={"match": "*"}))


def test_a_value_that_is_no_text_is_refused() -> None:
    with pytest.raises(ControlRecordError, match="control record without a key"):
        decode(None, b"\xff")


def test_a_value_that_is_nested_too_deeply_is_refused() -> None:
    nested = encode(RECORDS["rule/r1"]).replace(b'"host-7/*"', b"[" * 100_000 + b"]" * 100_000)
    with pytest.raises(ControlRecordError, match="recursion"):
        decode(b"rule/r1", nested)


def test_the_schema_names_every_kind() -> None:
    kinds = schema()["discriminator"]["mapping"]
    assert sorted(kinds) == ["ack", "learn", "mute", "rule", "verdict"]
    assert msgspec.json.encode(schema())
