"""A series whose points stop is told once, and its return once, through kill -9 of the worker."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import produce
from tests.e2e.truth import read_all, wait_drained
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.waiting import wait_for

START_MS = 1_700_000_000_000
SERIES = [f"host-{n}" for n in range(4)]
KNOWN = 60


def minutes(first: int, n: int, series: list[str]) -> list[tuple[bytes, bytes]]:
    """Points of some series, one a minute."""
    return [
        (
            name.encode(),
            json.dumps({"series": name, "timestamp": START_MS + at * 60_000, "value": 100.0 + at % 5}).encode(),
        )
        for at in range(first, first + n)
        for name in series
    ]


class Stream:
    """Points of all series but those that are away, a few minutes of event time at once."""

    def __init__(self, kafka: KafkaContainer, names: Names) -> None:
        self._kafka, self._names = kafka, names
        self._minute = 0

    def go_on(self, n: int, away: str | None = None) -> None:
        """Publish and wait until it is behind a checkpoint."""
        series = [name for name in SERIES if name != away]
        produce(self._kafka.bootstrap, self._names["metrics_topic"], minutes(self._minute, n, series))
        self._minute += n
        wait_drained(self._kafka.bootstrap, self._names["metrics_topic"], self._names["app_id"])

    def silences(self) -> list[dict[str, Any]]:
        """Return the events of silences, repeats left out."""
        records = read_all(self._kafka.bootstrap, self._names["anomalies_topic"])
        events = {dict(record.headers)["ce_id"]: json.loads(record.value) for record in records}
        return [event for event in events.values() if event["state"] in ("silent", "back")]

    def until(self, state: str, away: str | None) -> dict[str, Any]:
        """Go on until the last silence is in a state; give its event."""

        def told() -> dict[str, Any] | None:
            self.go_on(2, away)
            return next((event for event in self.silences() if event["state"] == state), None)

        return wait_for(told, f"a series to be {state}")


def test_silent_and_back_are_told_once_through_kills(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    stream = Stream(kafka, names)
    with make_worker("listener", partitions="1") as worker:
        stream.go_on(KNOWN)
        stream.go_on(10, away="host-2")
        worker.kill9()
        worker.start()
        worker.wait_ready()
        silent = stream.until("silent", away="host-2")
        worker.kill9()
        worker.start()
        worker.wait_ready()
        time.sleep(2)
        stream.go_on(20, away="host-2")
        assert [event["state"] for event in stream.silences()] == ["silent"]
        back = stream.until("back", away=None)
    assert (silent["series"], silent["start"]) == ("host-2", START_MS + (KNOWN - 1) * 60_000)
    assert (back["episode"], back["start"]) == (silent["episode"], silent["start"])
