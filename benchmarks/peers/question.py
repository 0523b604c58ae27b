"""A worker beside what people would build instead, on the same topic."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.harness.load import Load
from benchmarks.harness.process import Measured
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, medians, short
from benchmarks.harness.topic import create, publish
from benchmarks.harness.worker import measure_backlog
from benchmarks.peers.process import OWN, PEERS_PYTHON, Peer, PeerError, measure, stock_faust

LOAD, QUICK_LOAD = Load(1, 250), Load(1, 100)
WARMUP = 300
"""Points of a series before its first score: the worker is measured after them."""

HALF_SPACE_WINDOW = 250
"""Points of a series before half-space trees give a score: river's default. At the end of each window every node of the
trees is changed: a whole window is measured."""

N_POINTS, N_QUICK_POINTS = 312_500, 125_000
"""Enough for a client that reads one of the four partitions after the other: the last one has the warm-up of its
series, and what is measured."""


def peers(load: Load, quick: bool) -> Sequence[Peer]:
    """Name the peers; slow ones are measured on fewer events."""
    share = 10 if quick else 1
    trees = (load.n_series * HALF_SPACE_WINDOW, load.n_series, HALF_SPACE_WINDOW)
    return [
        stock_faust(30_000 // share),
        Peer("Faust, table, Keras predict", "on_faust.keras_predict", OWN, 20, 100 // share),
        Peer("Faust, table, ONNX Runtime", "on_faust.onnx_session", OWN, 1_000, 6_000 // share),
        Peer("Quix Streams, river", "on_river.quix_streams", PEERS_PYTHON, 0, *trees),
        Peer("kafka-python, river", "on_river.poll_loop", PEERS_PYTHON, 0, *trees),
        Peer("bytewax, river", "on_river.bytewax_flow", PEERS_PYTHON, 0, *trees),
    ]


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Let the worker and the peers take turns on one topic."""
    load, n_points = QUICK_LOAD if run.quick else LOAD, run.less(N_POINTS, N_QUICK_POINTS)
    topic = create(run.brokers, "peers")
    run.report("publishing")
    publish(run.brokers, topic, load.messages(n_points))
    chosen = peers(load, run.quick)
    workers: list[Measured] = []
    passes: dict[str, list[Measured]] = {peer.name: [] for peer in chosen}
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        network = Path(folder) / "network.onnx"
        export = [sys.executable, "-m", "benchmarks.peers.on_faust.network_onnx", str(network)]
        subprocess.run(export, check=True, stderr=subprocess.DEVNULL)
        for _ in run.passes():
            run.report("streamgauge worker")
            workers.append(measure_backlog(run.brokers, topic, WARMUP * load.n_series, n_points))
            for peer in chosen:
                if peer.name in failures:
                    continue
                run.report(peer.name)
                try:
                    passes[peer.name].append(measure(peer, run.brokers, topic, network))
                except PeerError as error:
                    failures[peer.name] = str(error)
    yield "peers", table(workers, passes, failures, f"{load}; {run.passes_note}.")


def table(
    workers: Sequence[Measured], passes: Mapping[str, Sequence[Measured]], failures: Mapping[str, str], note: str
) -> Table:
    """Write the medians, and how many times as fast and as cheap the worker is."""
    rate, cost = medians(workers)
    headers = ["", "points measured", "points/s", "CPU, µs a point", "worker is faster by", "cheaper by"]
    rows = [["streamgauge worker", f"{workers[0].n_points:,}", short(rate), short(cost), "1", "1"]]
    for name, measured in passes.items():
        if name in failures:
            rows.append([name, f"not measured: {failures[name]}", "", "", "", ""])
            continue
        own_rate, own_cost = medians(measured)
        figures = [short(own_rate), short(own_cost), short(rate / own_rate), short(own_cost / cost)]
        rows.append([name, f"{measured[0].n_points:,}", *figures])
    return Table(headers, rows, note)
