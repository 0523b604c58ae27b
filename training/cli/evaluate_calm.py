"""`streamgauge evaluate calm`: false alerts per series and month."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from stream.cli.echo import progress
from stream.cli.prepare import prepare_detector
from training.cli.evaluate_options import report_options
from training.evaluation.calm import table
from training.evaluation.calm.tally import Plan, measure
from training.evaluation.context.score import Model

EXAMPLES = """\b
Examples:
  streamgauge evaluate calm
  streamgauge evaluate calm --interval "1 min" --series 8
  streamgauge evaluate calm --model models/mine/mine.onnx --json
"""

INTERVALS = ("1 s", "1 min", "5 min", "1 h")
WIDTH = 120


@click.command("calm", epilog=EXAMPLES)
@click.option("--series", "n_seeds", type=click.IntRange(1, 1000), default=4, show_default=True,
              help="Calm series of each kind and interval.")  # fmt: skip
@click.option("--faulty", "n_fault_seeds", type=click.IntRange(1, 1000), default=3, show_default=True,
              help="Series of each kind with light tails, fault and age.")  # fmt: skip
@click.option("--interval", "intervals", type=click.Choice(INTERVALS), multiple=True,
              help="Interval of the calm series; may be given several times.  [default: all]")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=2026, show_default=True, help="Seed of the series.")
@report_options("Print the tables as docs/evaluation.md has them.")
def command(
    n_seeds: int,
    n_fault_seeds: int,
    intervals: tuple[str, ...],
    seed: int,
    model: Path | None,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Score series in which nothing happens, and the same with obvious faults, under each sensitivity.

    Noise of nineteen kinds, from normal and heavy-tailed to daily, weekly and counted, from one point a second to one
    an hour. Counted are pages: the events that call a person (open, worse, again). Some minutes on a free machine.
    """
    subject = Model(model)
    subject.build_detector()
    prepare_detector()
    plan = Plan(seed, n_seeds, n_fault_seeds, intervals or INTERVALS)
    with progress("scoring") as report:
        tally = measure(subject.build_detector, plan, report)
    if as_json:
        click.echo(json.dumps({"seed": seed, "series": n_seeds, **table.record(tally)}))
    elif as_markdown:
        click.echo(table.markdown(tally))
    else:
        console = Console(highlight=False, width=WIDTH)
        for each in table.terminal(tally):
            console.print(each, "")
