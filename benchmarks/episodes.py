"""Episodes per labelled window of the Numenta Anomaly Benchmark, as a worker with default settings tells them.

.venv/bin/python -m benchmarks.episodes NAB
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.harness.incidents import histogram, incidents, per_window
from stream.detection.backtest import ScoredSeries, Series, backtest
from stream.detection.episodes.changes import ENDS
from stream.detection.episodes.transition import Change, Transition
from stream.detectors import build_detector
from stream.model import Bundle
from training.evaluation.nab.corpus import File, read_corpus


def play(files: list[File]) -> list[ScoredSeries]:
    """Score all files side by side."""
    with Progress(transient=True) as progress:
        task = progress.add_task("scoring", total=sum(file.n_rows for file in files))
        series = [Series(file.timestamps_ms, file.values) for file in files]
        return backtest(build_detector(Bundle.default()), series, progress=lambda n: progress.advance(task, n))


def contradictions(transitions: Iterable[Transition]) -> tuple[int, int]:
    """Count the events but for all-clears, and those whose number lies in its own range or on the wrong side."""
    n_events = n_wrong = 0
    for each in transitions:
        if each.change in ENDS or each.facts is None:
            continue
        observed = each.facts.observed
        n_events += 1
        n_wrong += each.lower <= observed <= each.upper or (observed >= each.expected) != (each.direction > 0)
    return n_events, n_wrong


def holds(file: File, transitions: Iterable[Transition]) -> list[int]:
    """Count the points from the end of each episode to the one that closed it."""
    newest = np.maximum.accumulate(file.timestamps_ms)
    return [
        each.row - int(np.searchsorted(newest, each.end_ms))
        for each in transitions
        if each.change == Change.CLOSE and each.end_ms is not None
    ]


def table(files: list[File], scored: list[ScoredSeries]) -> Table:
    """Sum up, in one row a figure."""
    pairs = list(zip(files, scored, strict=True))
    found = [incidents(each.transitions, file.timestamps_ms) for file, each in pairs]
    n_points = [n for file, each in pairs for n in holds(file, each.transitions)]
    n_events, n_wrong = contradictions(transition for each in scored for transition in each.transitions)
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
    drawn.add_row("points from the end to the all-clear", f"median {np.median(n_points):g}, {_95(n_points)}")
    drawn.add_row("hours from the end to the all-clear", f"median {np.median(holds_h):.1f}, {_95(holds_h)}")
    drawn.add_row("events that contradict themselves", f"{n_wrong} of {n_events}")
    return drawn


def _95(numbers: Sequence[float]) -> str:
    return f"95 % {np.percentile(numbers, 95):.3g}"


@click.command()
@click.argument("nab", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(nab: Path) -> None:
    """Print how many episodes tell of each labelled window."""
    files = read_corpus(nab)
    Console(highlight=False).print(table(files, play(files)))


if __name__ == "__main__":
    main()
