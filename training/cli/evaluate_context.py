"""`streamgauge evaluate context`: usual values at unusual times."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from stream.cli.echo import progress
from stream.cli.prepare import prepare_detector
from training.cli.evaluate_options import report_options
from training.evaluation.context.score import LastValue, Model, Subject, score_suite
from training.evaluation.context.tally import ContextTally, markdown, tally, terminal

EXAMPLES = """\b
Examples:
  streamgauge evaluate context
  streamgauge evaluate context --draws 8 --seed 7 --json
  streamgauge evaluate context --model models/mine/mine.onnx
"""


@click.command("context", epilog=EXAMPLES)
@click.option("--draws", "n_draws", type=click.IntRange(1, 1000), default=4, show_default=True,
              help="Series of each of the twelve shapes, each of them clean and with every fault.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=2026, show_default=True, help="Seed of the series.")
@report_options("Print the table as docs/detector.md has it.")
def command(n_draws: int, seed: int, model: Path | None, as_json: bool, as_markdown: bool) -> None:
    """Plant contextual faults in six-week series, and count those found and the false alarms on their clean twins.

    A missing peak, a shifted day, a weekend on a weekday, load at night, a stuck value: each value has been seen
    before, but not at this time. The detector runs with its model, and with a naive last-value forecast in place of it.
    """
    Model(model).build_detector()
    prepare_detector()
    compared: dict[str, Subject] = {"with the model": Model(model), "with the last value": LastValue()}
    tallies = [_scored(subject, seed, n_draws, name) for name, subject in compared.items()]
    if as_json:
        found = {name: each.to_json() for name, each in zip(("model", "last_value"), tallies, strict=True)}
        click.echo(json.dumps({"seed": seed, "draws": n_draws, **found}))
    elif as_markdown:
        click.echo(markdown(*tallies))
    else:
        Console(highlight=False).print(terminal(*tallies))


def _scored(subject: Subject, seed: int, n_draws: int, name: str) -> ContextTally:
    with progress(name) as report:
        evaluated = score_suite(subject, seed, n_draws, lambda n_done: report(n_done / n_draws))
    return tally(evaluated)
