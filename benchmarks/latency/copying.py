"""The way of a point without a detector: what broker and clients take by themselves."""

from __future__ import annotations

import time

from benchmarks.harness.topic import N_PARTITIONS, create
from benchmarks.latency.clients import Pass, Sent, Source, client, run_copier, run_reader, run_sender
from benchmarks.latency.figures import figures, medians

SETTLED_S = 2.0


def measure_copies(brokers: str, n_series: int, rate: float, seconds: float, n_passes: int) -> dict[str, float]:
    """Send points at a rate to a loop that publishes an event for each; return medians of all points."""
    source = Source(brokers, create(brokers, "points"), N_PARTITIONS, n_series)
    target = create(brokers, "copies")
    with (
        client(run_copier, source, target) as copier,
        client(run_reader, brokers, target) as reader,
        client(run_sender, source) as sender,
    ):
        if {copier.recv(), reader.recv()} != {"reading"}:
            raise RuntimeError("a client did not start")
        passes = []
        for at in range(n_passes):
            n_points = round(rate * seconds)
            sender.send(Pass(range(at * n_points, (at + 1) * n_points), rate, frozenset()))
            sent: Sent = sender.recv()
            time.sleep(SETTLED_S)
            reader.send("all")
            passes.append(figures(sent, reader.recv(), list(sent.at_s)))
        return medians(passes)
