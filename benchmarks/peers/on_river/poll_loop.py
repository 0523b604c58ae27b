"""Peer: a loop over kafka-python's consumer with river's half-space trees per series."""

from __future__ import annotations

import json

from kafka import KafkaConsumer

from benchmarks.peers.on_river.half_space_trees import Models
from benchmarks.peers.stopwatch import Stopwatch, Task


def main(task: Task) -> None:
    """Score a topic."""
    stopwatch, models = Stopwatch(task), Models()
    consumer = KafkaConsumer(
        task.topic,
        bootstrap_servers=task.brokers,
        group_id=task.group,
        auto_offset_reset="earliest",
        value_deserializer=json.loads,
    )
    for record in consumer:
        models.score(record.value["series"], record.value["value"])
        stopwatch.count(record.value["series"])


if __name__ == "__main__":
    main(Task.parse())
