"""`streamgauge evaluate awkward`: series kinds that benchmarks lack."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from stream.cli.prepare import prepare_detector
from stream.detection.detector import ForecastDetector
from training.cli.evaluate_options import points_progress, report_options
from training.evaluation.awkward import table
from training.evaluation.awkward.kinds import KINDS, Kind
from training.evaluation.awkward.measure import KindTally, measure
from training.evaluation.awkward.series import LENGTH
from training.evaluation.context.score import Model


@click.command("awkward")
@click.option("--seeds", "n_seeds", type=click.IntRange(1, 100), default=8, show_default=True,
              help="Series of each kind.")  # fmt: skip
@report_options("Print the table as docs/awkward.md has it.")
def command(n_seeds: int, model: Path | None, as_json: bool, as_markdown: bool) -> None:
    """Score difficult kinds of series with planted faults, and count faults found, faults missed and false alarms.

    Constants, counters, counts, random walks, gaps, daylight saving, absurd values: 6,000 points each, scored together
    as the series of one worker.
    """
    seeds = range(n_seeds)
    detector = Model(model).build_detector()
    prepare_detector()
    tallies = _measured(detector, KINDS, seeds)
    if as_json:
        click.echo(json.dumps(table.record(KINDS, tallies, seeds)))
    elif as_markdown:
        click.echo(table.markdown(KINDS, tallies))
    else:
        Console(highlight=False).print(table.terminal(KINDS, tallies))


def _measured(detector: ForecastDetector, kinds: Sequence[Kind], seeds: range) -> list[KindTally]:
    with points_progress(LENGTH * len(kinds) * len(seeds)) as report:
        return measure(detector, kinds, seeds, report)
