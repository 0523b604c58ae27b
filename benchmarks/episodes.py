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

from stream.detection.backtest import Series, backtest
from stream.gauges import make_gauge
from stream.model import Bundle
from training.evaluation.nab.corpus import File, read_corpus
from training.evaluation.nab.incidents import Incident, histogram, incidents, per_window


def play(files: list[File]) -> list[list[Incident]]:
    """Score all files side by side; give the episodes of each."""
    with Progress(transient=True) as progress:
        task = progress.add_task("scoring", total=sum(file.n_rows for file in files))
        series = [Series(file.timestamps_ms, file.values) for file in files]
        scored = backtest(make_gauge(Bundle.default()), series, progress=lambda n: progress.advance(task, n))
    return [incidents(found.transitions, file.timestamps_ms) for found, file in zip(scored, files, strict=True)]


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
