"""Silent and back: what is published of a series whose points stop, through crashes."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from stream.events.schemas import schema
from stream.worker.keys.staleness import StalenessConfig
from stream.worker.observability.metrics import Metrics
from stream.worker.processor import PartitionProcessor
from tests.unit.worker.scoring import NOW_MS, START_MS, STEP_MS, Sink, make_scorer, point

SERIES = ("cpu", "mem", "net")
KNOWN = 60
"""Minutes after which the series are known well enough to be missed."""


class Worker:
    """A worker that gets a point of some series a minute, with a checkpoint after each."""

    def __init__(self) -> None:
        self.clock_ms = NOW_MS
        self.sink = Sink()
        self.processor, self.metrics = self._made()
        self.minute = 0
        self.changelog: dict[bytes, Any] = {}

    def _made(self) -> tuple[PartitionProcessor, Metrics]:
        return make_scorer(staleness_config=StalenessConfig(5, 10), clock_ms=lambda: self.clock_ms)

    def crash(self) -> None:
        """Start again from the last checkpoint."""
        self.processor, self.metrics = self._made()
        self.processor.restore(0, list(self.changelog.values()))

    def run(self, n_minutes: int, *series: str) -> list[dict[str, Any]]:
        """Let minutes pass; give the silences told."""
        n_before = len(self.sink.messages)
        for _ in range(n_minutes):
            points = [point(self.minute, self.minute, 100.0 + self.minute % 5, name) for name in series]
            self.processor.apply({0: points}, self.sink)
            self.checkpoint()
            self.clock_ms += 1000
            self.minute += 1
        told, self.sink.messages = self.sink.messages[n_before:], self.sink.messages
        seen = Sink()
        seen.messages = told
        return [event for event in seen.episodes() if event["state"] in ("silent", "back")]

    def checkpoint(self) -> None:
        self.changelog |= {record.key: record for record in self.processor.snapshot()}


@pytest.fixture
def worker() -> Worker:
    worker = Worker()
    assert worker.run(KNOWN, *SERIES) == []
    return worker


def test_a_series_that_stops_is_silent_once_and_then_back(worker: Worker) -> None:
    (silent,) = worker.run(30, "cpu", "mem")
    (back,) = worker.run(2, *SERIES)
    for event in (silent, back):
        jsonschema.validate(event, schema("silence"))
    last_ms = START_MS + (KNOWN - 1) * STEP_MS
    assert (silent["series"], silent["state"], silent["start"]) == ("net", "silent", last_ms)
    assert silent["timestamp"] == last_ms + 5 * STEP_MS
    assert silent["why"] == "no points since 14 Nov 23:12 UTC, one every 1m00s is usual"
    assert (back["state"], back["episode"]) == ("back", silent["episode"])
    assert back["end"] == back["timestamp"] == last_ms + 31 * STEP_MS
    assert back["why"] == "back after 31m00s without points"
    assert back["input"]["offset"] == KNOWN + 30
    counts = [worker.metrics.silences.labels(state)._value.get() for state in ("silent", "back")]
    assert counts == [1, 1]


def test_a_crash_after_the_silence_changes_nothing(worker: Worker) -> None:
    (silent,) = worker.run(30, "cpu", "mem")
    worker.crash()
    assert worker.run(30, "cpu", "mem") == []
    (back,) = worker.run(1, *SERIES)
    assert (back["state"], back["episode"], back["start"]) == ("back", silent["episode"], silent["start"])


def test_a_crash_before_the_silence_was_told_only_delays_it(worker: Worker) -> None:
    undisturbed = Worker()
    undisturbed.run(KNOWN, *SERIES)
    expected = undisturbed.run(30, "cpu", "mem")
    assert len(expected) == 1
    assert worker.run(3, "cpu", "mem") == []
    worker.crash()
    assert worker.run(30, "cpu", "mem") == expected


def test_a_series_that_comes_back_before_its_silence_was_told_is_told_both(worker: Worker) -> None:
    n_minutes = 0
    while not worker.processor.detector.state.silence.any():
        assert worker.run(1, "cpu", "mem") == []
        n_minutes += 1
    assert [event["state"] for event in worker.run(1, *SERIES)] == ["silent", "back"]


def test_points_that_are_late_do_not_bring_a_series_back(worker: Worker) -> None:
    worker.run(30, "cpu", "mem")
    late = [point(worker.minute, 10, 1.0, "net")]
    worker.processor.apply({0: late}, worker.sink)
    worker.minute += 1
    assert [event["state"] for event in worker.run(1, *SERIES)] == ["back"]
