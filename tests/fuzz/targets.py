"""Targets: what decodes bytes from outside, with valid inputs and what must hold of every input."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import msgspec
import numpy as np
from kafka.consumer.fetcher import ConsumerRecord

from stream.changelog.inventory import StateInventory
from stream.changelog.layouts.known import KnownLayouts
from stream.changelog.layouts.layout import StateLayout
from stream.changelog.layouts.step import LayoutStep
from stream.changelog.layouts.v5 import layout_5
from stream.control import codec
from stream.control.records import Ack, ControlRecord, ControlRule, Learn, Mute, Verdict
from stream.detection.state import record
from stream.detection.state.detector_state import DetectorState
from stream.errors import DataError, ModelError, StateError
from stream.events.anomalies import decode_event
from stream.events.episodes import decode_score, encode_score
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.points import CsvReader
from stream.formats.refused import recognise
from stream.formats.rejections import BadMessageError
from stream.formats.state.envelope import is_intact, seal
from stream.formats.state.rules import open_rules, seal_rules
from stream.ingest.formats import READERS
from stream.kafka.topics.identity import TopicIdentity
from stream.model import Bundle
from stream.worker.engine.store import StateRecord
from stream.worker.keys.key_table import KeyTable
from stream.worker.keys.rule_set import RuleSet
from stream.worker.recovery import Recovery
from tests.fuzz.mutation import mutate
from tests.fuzz.points import POINTS, START, accepts_feature_points, accepts_points
from tests.fuzz.strict import expect, numbers
from tests.unit.changelog.golden_records import golden
from tests.unit.formats.make import RECONSTRUCTED, episode, score
from tests.unit.formats.test_silences import BACK, SILENT
from tests.unit.ingest.test_fuzzing import SAMPLES

MARK = 7


@dataclass(frozen=True)
class Target:
    """Something that decodes bytes.

    Attributes
    ----------
    name : str
    corpus : sequence of bytes
        Valid inputs, which are mutated.
    accepts : callable
        Decodes an input. Returns whether it was accepted; raises for anything that must not happen.
    weight : int
        How many inputs of it are tried for one of the slowest.
    """

    name: str
    corpus: Sequence[bytes]
    accepts: Callable[[bytes], bool]
    weight: int = 100

    def next_input(self, random: Random) -> bytes:
        """Return an input."""
        return mutate(random, self.corpus)


FOREIGN = [*POINTS, *(value for values in SAMPLES.values() for value in values[:1])]


def accepts_foreign(value: bytes) -> bool:
    """Recognise the format of a message that was refused, for its advice in the log."""
    return recognise(value) is not None


SIGNED: dict[str, Any] = {"by": "ann@host", "at": START, "why": "planned"}
EPISODE = "0123456789abcdef0123456789abcdef"
CONTROL: list[ControlRecord] = [
    ControlRule(name="quiet", rule={"match": "host-*", "min_deviation": 2.0}, **SIGNED),
    ControlRule(name="a", rule={"match": "a", "transform": "rate", "direction": "above"}, **SIGNED),
    Mute(id="m", match="host-*", until=START + 1, **SIGNED),
    Ack(episode=EPISODE, series="a", **SIGNED),
    Verdict(episode=EPISODE, series="a", verdict="false", start=1, end=2, direction="above", **SIGNED),
    Learn(series="a", from_ms=START, **SIGNED),
]


@cache
def _control_schema() -> Any:
    return jsonschema.Draft202012Validator(codec.schema())


def accepts_control(value: bytes) -> bool:
    """Decode a control record under the key that it claims; what is accepted, its schema accepts."""
    for key in {codec.key_of(each) for each in CONTROL} | {None}:
        try:
            found = codec.decode(key, value)
        except codec.ControlRecordError:
            continue
        assert key == codec.key_of(found)
        _control_schema().validate(json.loads(value))
        assert codec.decode(key, codec.encode(found)) == found
        return True
    return False


EVENTS = [msgspec.json.encode(each) for each in (episode(), RECONSTRUCTED, SILENT, BACK)]


def accepts_event(value: bytes) -> bool:
    """Decode an event as `watch`, `page` and `notify` do; what is accepted is an object with its required fields."""
    try:
        found = decode_event(value)
    except DataError:
        return False
    document = json.loads(value)
    assert isinstance(document, dict)
    assert found.state == document["state"]
    assert found.series == document["series"]
    return True


SCORES = [encode_score(score()), encode_score(score(state="warming", score=None))]


def accepts_score(value: bytes) -> bool:
    """Decode a scored point as `page` and `show` do."""
    try:
        found = decode_score(value)
    except DataError:
        return False
    document = json.loads(value)
    assert (found.series, found.timestamp, found.state) == tuple(
        document[name] for name in ("series", "timestamp", "state")
    )
    return True


PRESENT = StateLayout(record.blank())
LAYOUTS = KnownLayouts(PRESENT, (LayoutStep(layout_5(1, 0, 0), PRESENT),))
KEY = golden(record.VERSION, "stateful-forecast")[0].key
STATE = [golden(version, "stateful-forecast")[0].value for version in (5, record.VERSION)]


def accepts_state(value: bytes) -> bool:
    """Restore a state record; what is accepted is intact and in our layout, to the bit."""
    state, damaged = DetectorState(2), []
    keys = KeyTable(state, 2, mark=MARK)
    recovery = Recovery(keys, state, 1, MARK, lambda _, key: damaged.append(key))
    stored = ConsumerRecord("changelog", 0, 0, 0, 0, 0, KEY, value, [], None, len(KEY), len(value), -1)
    inventory = StateInventory(LAYOUTS, MARK)
    inventory.add(stored)
    try:
        recovery.restore(0, [StateRecord(0, KEY, value)])
        recovery.restored()
    except StateError:
        held = inventory.keys[0, KEY]
        assert held.layout is not PRESENT
        if held.layout is not None:
            assert PRESENT.holds(seal(KEY, LAYOUTS.migrate(held.layout.slots(value), held.layout).tobytes(), MARK))
        return False
    assert bool(damaged) == bool(inventory.n_damaged)
    if damaged:
        assert not is_intact(KEY, value)
        return False
    assert is_intact(KEY, value)
    (slot,) = keys.find(0, [KEY])
    assert state.pack(np.array([slot])).tobytes() == value[: record.RECORD.itemsize]
    return True


RULES = seal_rules(MARK, 5, RuleSet().encode())


def accepts_rules(value: bytes) -> bool:
    """Decode the record of the rules in force."""
    try:
        _, offset, body = open_rules(value)
        rules = RuleSet.decode(body)
    except ValueError:
        return False
    assert open_rules(seal_rules(MARK, offset, body))[2] == body
    assert RuleSet.decode(rules.encode()) == rules
    return True


RULE_BODIES = [
    b'{"rules":[{"match":"host-*","direction":"above"}],"verdicts":[],"learn_marks":[]}',
    zlib.decompress(RuleSet().encode()),
]


def accepts_rule_body(value: bytes) -> bool:
    """Decode rules whose checksum holds: what a bad writer could leave behind."""
    return accepts_rules(seal_rules(MARK, 5, zlib.compress(value)))


def accepts_identity(value: bytes) -> bool:
    """Decode the record of the topic that the state belongs to."""
    try:
        found = TopicIdentity.decode(value)
    except ValueError:
        return False
    assert TopicIdentity.decode(found.encode()) == found
    assert 0 <= found.mark < 1 << 32
    return True


CSV = [
    b"timestamp,value\n1700000000,1.5\n1700000060,2\n",
    b"when;series;load\n2023-11-14T22:13:20Z;a;1,5\n2023-11-14 22:14:20;b;2,5\n",
    b'timestamp,cpu,mem\n"1700000000000",1,2\n1700000060000,,3\n',
    b"1700000000\t1\n1700000060\t2\n",
]


def accepts_csv(value: bytes) -> bool:
    """Read a CSV file; every point that is read can be sent."""
    text = io.TextIOWrapper(io.BytesIO(value), encoding="utf-8", newline="")
    try:
        rows = list(CsvReader(text, "fuzz.csv", CsvFormat(), "a"))
    except DataError:
        return False
    for row in rows:
        expect(row.timestamp_ms == int(row.timestamp_ms), "whole milliseconds")
        assert [numbers(each) for each in row.values] == [[each] for each in row.values]
    return True


def accepts_bundle(value: bytes) -> bool:
    """Load a model bundle."""
    try:
        Bundle.from_bytes(value, Path("fuzz.onnx"))
    except ModelError:
        return False
    return True


def reader_target(name: str) -> Target:
    """Return the target of a format of `ingest`, with what real senders wrote."""

    def accepts(value: bytes) -> bool:
        try:
            list(READERS[name](value, START))
        except BadMessageError:
            return False
        return True

    return Target(name, SAMPLES[name], accepts, weight=20)


def targets() -> list[Target]:
    """Return all targets."""
    return [
        Target("points", POINTS, accepts_points, weight=400),
        Target("feature points", POINTS, accepts_feature_points, weight=200),
        Target("foreign", FOREIGN, accepts_foreign),
        Target("csv", CSV, accepts_csv),
        Target("control", [codec.encode(each) for each in CONTROL], accepts_control),
        Target("events", EVENTS, accepts_event, weight=200),
        Target("scores", SCORES, accepts_score),
        Target("state", STATE, accepts_state, weight=40),
        Target("rules", [RULES], accepts_rules),
        Target("rule bodies", RULE_BODIES, accepts_rule_body),
        Target("identity", [TopicIdentity("c", "metrics", "id", 4).encode()], accepts_identity),
        *map(reader_target, READERS),
        Target("bundle", [(Path(__file__).parents[2] / "stream/model/default.onnx").read_bytes()], accepts_bundle, 1),
    ]
