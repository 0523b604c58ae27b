"""Peer: a stock Faust agent that discards its messages, the fastest thing Faust runs as it comes."""

from __future__ import annotations

import faust

from benchmarks.peers.on_faust.app import make_app, run
from benchmarks.peers.stopwatch import Stopwatch, Task


def main(task: Task) -> None:
    """Count the messages of a topic."""
    app, stopwatch = make_app(task), Stopwatch(task)
    source = app.topic(task.topic, key_type=bytes, value_type=bytes, value_serializer="raw", key_serializer="raw")

    @app.agent(source)
    async def consume(stream: faust.StreamT[bytes]) -> None:
        async for _ in stream:
            stopwatch.count()

    run(app)


if __name__ == "__main__":
    main(Task.parse())
