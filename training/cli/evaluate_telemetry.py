"""`streamgauge evaluate telemetry`: precision on labelled recordings."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from stream.cli.prepare import prepare_detector
from training.cli.evaluate_options import points_progress, report_options
from training.evaluation.context.score import Model
from training.evaluation.telemetry.folder import read_sets
from training.evaluation.telemetry.tally import markdown, measure, n_points, record, terminal

EXAMPLES = """\b
Examples:
  streamgauge evaluate telemetry recorded/
  streamgauge evaluate telemetry recorded/ --model models/mine/mine.onnx --json
"""

WIDTH = 110


@click.command("telemetry", epilog=EXAMPLES)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@report_options("Print the table as docs/evaluation.md has it.")
def command(directory: Path, model: Path | None, as_json: bool, as_markdown: bool) -> None:
    """Score recorded series under each sensitivity, and compare the alerts with the incidents that people have seen.

    DIR holds series/NAME.csv.gz (a column timestamp, then values), labels.json (by name, first and last row of each
    incident, from 0) and split.json (by name, the rows before the part that is scored), or folders of these. An alert
    is an episode that opens; alerts up to 10 rows apart count as one. It is true when it touches an incident, and an
    incident is found when an alert touches it. Beside them the same of the detector's own alarms.

    Exit code 8 when the folder cannot be read.
    """
    sets, subject = read_sets(directory), Model(model)
    subject.build_detector()
    prepare_detector()
    with points_progress(n_points(sets)) as report:
        results = measure(subject.build_detector, sets, report)
    if as_json:
        click.echo(json.dumps(record(results)))
    elif as_markdown:
        click.echo(markdown(results))
    else:
        Console(highlight=False, width=WIDTH).print(terminal(results))
