"""Peer: a bytewax dataflow with river's half-space trees as the state of each series."""

from __future__ import annotations

import json
from datetime import timedelta

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSourceMessage
from bytewax.connectors.kafka import operators as kafka_op
from bytewax.connectors.stdio import StdOutSink
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main
from river import compose

from benchmarks.peers.on_river.half_space_trees import new_model, score_and_learn
from benchmarks.peers.stopwatch import Stopwatch, Task

EPOCH = timedelta(hours=1)
"""At the end of each, bytewax copies every model that has changed, whether or not a recovery store takes it; its own
epochs are 10 s."""


def main(task: Task) -> None:
    """Score a topic, without bytewax's recovery store."""
    stopwatch = Stopwatch(task)

    def keyed(message: KafkaSourceMessage[bytes, bytes]) -> tuple[str, tuple[str, float]]:
        event = json.loads(message.value)
        return event["series"], (event["series"], event["value"])

    def score(model: compose.Pipeline | None, point: tuple[str, float]) -> tuple[compose.Pipeline, float]:
        series, value = point
        model = model or new_model()
        found = score_and_learn(model, value)
        stopwatch.count(series)
        return model, found

    flow = Dataflow("river")
    messages = kafka_op.input("messages", flow, brokers=[task.brokers], topics=[task.topic])
    scores = op.stateful_map("score", op.map("keyed", messages.oks, keyed), score)
    # A dataflow needs an output; no score is above 1.
    op.output("print", op.filter("none", scores, lambda item: item[1] > 1), StdOutSink())
    run_main(flow, epoch_interval=EPOCH)


if __name__ == "__main__":
    main(Task.parse())
