"""How bad episodes are called: shares of each severity on calm series, on NAB and on labelled telemetry.

.venv/bin/python -m benchmarks.severities --nab NAB --telemetry FOLDER
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress

from benchmarks.harness.incidents import incidents
from stream.detection.arrays import Int64
from stream.detection.backtest import Series, backtest
from stream.detection.episodes.severity import RARE, VERY_RARE
from stream.detection.episodes.transition import Severity, Transition
from stream.detectors import build_detector
from stream.model import Bundle
from training.evaluation.calm.suite import LENGTHS, draw_calm
from training.evaluation.nab.corpus import read_corpus
from training.evaluation.tables import draw_table
from training.evaluation.telemetry.folder import read_sets

CALM_SEEDS: Final = 4
"""Series of each calm kind and interval."""

COLUMNS: Final = ("series", "episodes", "of them", "minor", "major", "critical", f"from {RARE}", f"from {VERY_RARE}")


class Labelled(NamedTuple):
    """A series and its labelled incidents, first and last row of each.

    Attributes
    ----------
    evaluated_from : int
        First row that counts.
    """

    series: Series
    windows: Int64
    evaluated_from: int = 0


class Rated(NamedTuple):
    """An episode: whether it touches a label, its severity at first and at most, and its highest score."""

    is_true: bool
    opened: Severity
    most: Severity
    peak_score: float


def calm(interval: str, seed: int) -> list[Labelled]:
    """Draw series in which nothing happens."""
    none = np.zeros((0, 2), np.int64)
    return [Labelled(each.series, none) for each in draw_calm(seed, CALM_SEEDS, interval)]


def nab(directory: Path) -> list[Labelled]:
    """Read the Numenta Anomaly Benchmark."""
    return [Labelled(Series(file.timestamps_ms, file.values), file.windows) for file in read_corpus(directory)]


def telemetry(directory: Path) -> Iterator[tuple[str, list[Labelled]]]:
    """Read each set of labelled telemetry, a series a metric."""
    for name, sources in read_sets(directory).items():
        yield (
            name,
            [
                Labelled(
                    series, np.searchsorted(rows, source.incidents), int(np.searchsorted(rows, source.evaluated_from))
                )
                for source in sources
                for rows, series in source.metrics()
            ],
        )


def rate(labelled: Sequence[Labelled], progress: Callable[[int], None]) -> list[Rated]:
    """Score the series side by side with default settings; rate their episodes."""
    found = backtest(build_detector(Bundle.default()), [each.series for each in labelled], progress=progress)
    return [
        rated
        for each, scored in zip(labelled, found, strict=True)
        for rated in _of_series(each, scored.episodes(), scored.transitions)
    ]


def _of_series(
    labelled: Labelled, episodes: Sequence[Sequence[Transition]], transitions: Sequence[Transition]
) -> Iterator[Rated]:
    for incident, events in zip(incidents(transitions, labelled.series.timestamps_ms), episodes, strict=True):
        if incident.first >= labelled.evaluated_from:
            touches = any(incident.touches(window) for window in labelled.windows)
            first, last = events[0], events[-1]
            yield Rated(touches, first.severity, last.peak_severity, last.peak_score)


def rows(name: str, rated: Sequence[Rated]) -> Iterator[list[str]]:
    """Return the rows of one set: true episodes if there are labels, and false ones."""
    for label, chosen in (("true", [r for r in rated if r.is_true]), ("false", [r for r in rated if not r.is_true])):
        if not chosen:
            continue
        scores = np.array([each.peak_score for each in chosen])
        rare = [f"{100 * (scores >= least).mean():.1f} %" for least in (RARE, VERY_RARE)]
        yield [name, f"{len(chosen)} {label}", "when opened", *_shares([each.opened for each in chosen]), "", ""]
        yield ["", "", "at most", *_shares([each.most for each in chosen]), *rare]


def _shares(severities: Sequence[Severity]) -> list[str]:
    return [f"{100 * severities.count(each) / len(severities):.0f} %" for each in Severity]


@click.command()
@click.option("--nab", "nab_directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--telemetry", "telemetry_directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--seed", default=1, show_default=True, help="Of the calm series; the rule was chosen on others.")
def main(nab_directory: Path | None, telemetry_directory: Path | None, seed: int) -> None:
    """Print which part of the episodes is minor, major and critical, and which part has rare scores."""
    sets = {f"calm, {interval}": calm(interval, seed) for interval in LENGTHS}
    if nab_directory:
        sets["NAB"] = nab(nab_directory)
    if telemetry_directory:
        sets.update(telemetry(telemetry_directory))
    found: list[list[str]] = []
    with Progress(transient=True) as progress:
        task = progress.add_task("scoring", total=sum(len(e.series.values) for each in sets.values() for e in each))
        for name, labelled in sets.items():
            found += rows(name, rate(labelled, lambda n: progress.advance(task, n)))
    Console(highlight=False).print(draw_table(COLUMNS, found, 3))


if __name__ == "__main__":
    main()
