"""Episodes per labelled window of the Numenta Anomaly Benchmark, as a worker with default settings tells them.

.venv/bin/python -m benchmarks.episodes NAB
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from stream.detection.record import Int64
from stream.detection.transition import Transition
from stream.gauges import make_gauge
from stream.model import Bundle
from training.evaluation.nab.corpus import File, read_corpus
from training.evaluation.nab.incidents import Incident, histogram, incidents, per_window

N_STEPS = 200
"""Rows of each file in one call."""


def play(files: list[File]) -> list[list[Incident]]:
    """Score all files side by side; give the episodes of each."""
    gauge = make_gauge(Bundle.default())
    gauge.state.grow(len(files))
    told: list[list[Transition]] = [[] for _ in files]
    with Progress(transient=True) as progress:
        task = progress.add_task("scoring", total=sum(file.n_rows for file in files))
        for first in range(0, max(file.n_rows for file in files), N_STEPS):
            slots, rows = _rows(files, first)
            timestamps_ms = np.array([files[slot].timestamps_ms[row] for slot, row in zip(slots, rows, strict=True)])
            values = np.array([files[slot].values[row] for slot, row in zip(slots, rows, strict=True)])
            for transition in gauge.score(slots, timestamps_ms, values).transitions:
                told[slots[transition.row]].append(transition._replace(row=int(rows[transition.row])))
            progress.advance(task, len(values))
    return [incidents(events, file.timestamps_ms) for events, file in zip(told, files, strict=True)]


def _rows(files: list[File], first: int) -> tuple[Int64, Int64]:
    lengths = [max(0, min(N_STEPS, file.n_rows - first)) for file in files]
    return np.repeat(np.arange(len(files)), lengths), np.concatenate([first + np.arange(n) for n in lengths])


def table(files: list[File], found: list[list[Incident]]) -> Table:
    """Sum up, in one row a figure."""
    counts = [n for file, of_file in zip(files, found, strict=True) for n in per_window(of_file, file.windows)]
    told = [n for n in counts if n]
    every = [incident for of_file in found for incident in of_file]
    holds_h = [incident.hold_ms / 3.6e6 for incident in every if incident.hold_ms is not None]
    outside = [
        incident
        for file, of_file in zip(files, found, strict=True)
        for incident in of_file
        if not any(incident.touches(window) for window in file.windows)
    ]
    events = [incident.n_events for incident in every]
    drawn = Table(box=None, pad_edge=False, show_header=False)
    drawn.add_row("labelled windows", str(len(counts)))
    drawn.add_row("windows by their number of episodes", ", ".join(f"{n}: {m}" for n, m in histogram(counts).items()))
    drawn.add_row("episodes of a window that has any", f"median {np.median(told):g}, most {max(told)}")
    drawn.add_row("episodes in all", f"{len(every)}, of which {len(outside)} touch no window")
    drawn.add_row("events of an episode", f"median {np.median(events):g}, 90 % {np.percentile(events, 90):g}")
    drawn.add_row("hours from the end to the all-clear", f"median {np.median(holds_h):.1f}")
    return drawn


@click.command()
@click.argument("nab", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(nab: Path) -> None:
    """Print how many episodes tell of each labelled window."""
    files = read_corpus(nab)
    Console(highlight=False).print(table(files, play(files)))


if __name__ == "__main__":
    main()
