"""The scorer with a model that judges windows of several features together."""

from __future__ import annotations

import json

import jsonschema
import numpy as np

from stream.detection.forecast.windows import Scaling
from stream.detection.reconstruction import Autoencoder, ReconstructionDetector
from stream.events.schemas import schema
from stream.worker.processor import PartitionProcessor
from tests.unit.detection.window_models import Flat
from tests.unit.worker.scoring import (
    JUMP_AT,
    START_MS,
    STEP_MS,
    applied,
    features,
    make_scorer,
    record,
    restarted,
    two_features,
)


def make_windowed() -> PartitionProcessor:
    scaling = Scaling(np.array([10.0, 100.0]), np.array([4.0, 5.0]))
    detector = ReconstructionDetector(Autoencoder(Flat(), scaling, 10, 10, cutoff=20.0))
    return make_scorer(detector=detector, features=("cpu", "mem"))[0]


def test_a_window_of_several_features_is_one_state_record_and_its_event_names_the_worst() -> None:
    processor = make_windowed()
    opened, closed = applied(processor, two_features()).episodes()
    for episode in (opened, closed):
        jsonschema.validate(episode, schema("episode"))
    start_ms = START_MS + JUMP_AT * STEP_MS
    assert (opened["feature"], opened["expected"], opened["window_start"]) == ("mem", None, start_ms)
    assert "shares" not in opened
    assert closed["start"] == opened["start"]
    assert len(processor.keys.snapshot()) == 1


def test_scores_of_windows_come_at_their_ends_and_the_schema_accepts_all() -> None:
    scores = applied(make_windowed(), two_features()[:25]).scores()
    for score in scores:
        jsonschema.validate(score, schema("score"))
    assert [at for at, score in enumerate(scores) if score["score"] is not None] == [9, 19]
    assert {score["state"] for score in scores} == {"filling", "normal"}


def test_windows_survive_a_crash_between_checkpoints() -> None:
    whole, first = make_windowed(), make_windowed()
    undisturbed = applied(whole, two_features())
    applied(first, two_features()[:95])
    second = restarted(first, make_windowed())
    repeated = applied(second, two_features()[90:])
    assert repeated.messages == undisturbed.messages
    assert list(second.keys.snapshot()) == list(whole.keys.snapshot())


def test_a_message_without_a_feature_of_the_model_is_refused_with_its_reason() -> None:
    body = {"series": "web", "timestamp": START_MS, "value": {"cpu": 1.0}}
    sink = applied(make_windowed(), [record(0, b"web", json.dumps(body).encode()), features(1, 1.0, 2.0)])
    (letter,) = sink.messages
    assert dict(letter.headers)["streamgauge.reason"] == b"missing_feature"
    assert len(sink.records) == 1
