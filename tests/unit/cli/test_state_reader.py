"""What the changelog's records are read as."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from stream.cli.storage.series_reader import SeriesState, StateReader
from stream.detection.points.staleness import Staleness
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.phase import Phase
from stream.formats.state.envelope import seal
from stream.formats.state.key import feature_key
from stream.settings.settings import Settings

SETTINGS = Settings(warmup=20)


@dataclass
class Record:
    """A record of the changelog, as kafka-python gives it."""

    value: bytes
    key: bytes = b"host-1"
    partition: int = 3


def packed(
    n_points: int, silence: int = Staleness.ACTIVE, phase: Phase = Phase.NONE, key: bytes = b"host-1", mark: int = 7
) -> bytes:
    state, first = DetectorState(1), np.array([0])
    state.t[0], state.timestamp_s[0], state.interval_s[0] = n_points, 1_764_000_000.5, 60
    state.silence[0], state.episode_phase[0] = silence, phase
    return seal(key, state.pack(first).tobytes(), mark)


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (packed(19), "warming"),
        (packed(20), "normal"),
        (packed(300, phase=Phase.OPEN), "anomalous"),
        (packed(300, phase=Phase.CLOSED), "normal"),
        (packed(300, silence=Staleness.NOTIFIED), "silent"),
        (packed(300, silence=Staleness.SUPPRESSED, phase=Phase.OPEN), "silent"),
    ],
)
def test_the_state_of_a_series_is_told_by_its_record(value: bytes, state: str) -> None:
    assert StateReader(SETTINGS).read(Record(value)).state == state


def test_points_and_time_are_read_in_the_units_of_events() -> None:
    found = StateReader(SETTINGS).read(Record(packed(300)))
    assert found == SeriesState(3, b"host-1", 300, 1_764_000_000_500, 60.0, "normal")


@pytest.mark.parametrize("value", [b"", packed(300)[:-1], packed(300) + b"\0"])
def test_a_record_of_another_version_or_model_is_listed_as_unreadable(value: bytes) -> None:
    found = StateReader(SETTINGS).read(Record(value))
    assert (found.series, found.state, found.n_points) == ("host-1", "unreadable", None)


def test_a_feature_that_is_scored_on_its_own_has_a_name_of_its_own() -> None:
    key = feature_key(b"host-1", "cpu")
    found = StateReader(SETTINGS).read(Record(packed(300, key=key), key=key))
    assert (found.series, found.feature, found.state) == ("host-1", "cpu", "normal")
