"""Peer: Quix Streams with river's half-space trees per series."""

from __future__ import annotations

import tempfile
from typing import Any

from quixstreams import Application

from benchmarks.peers.on_river.half_space_trees import Models
from benchmarks.peers.stopwatch import Stopwatch, Task


def main(task: Task) -> None:
    """Score a topic."""
    app = Application(
        task.brokers,
        consumer_group=task.group,
        auto_offset_reset="earliest",
        state_dir=tempfile.mkdtemp(),
        loglevel="ERROR",
    )
    stopwatch, models = Stopwatch(task), Models()

    def score(event: dict[str, Any]) -> float:
        found = models.score(event["series"], event["value"])
        stopwatch.count(event["series"])
        return found

    app.dataframe(app.topic(task.topic, value_deserializer="json")).apply(score)
    app.run()


if __name__ == "__main__":
    main(Task.parse())
