"""`streamgauge evaluate nab`: the Numenta Anomaly Benchmark."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import click
from rich.console import Console

from stream.cli.echo import echo
from stream.cli.options import with_settings
from stream.cli.prepare import prepare_detector
from stream.errors import INTERRUPTED_EXIT_CODE
from stream.settings.settings import Settings
from training.cli.extra import FOR_REPORTS, require
from training.cli.with_extra import check_place, write_nab_report
from training.evaluation.nab.benchmark import Results, run_benchmark, run_through_kafka
from training.evaluation.nab.corpus import perturbations
from training.evaluation.nab.external_scores import ExternalScores, evaluate_external
from training.evaluation.nab.measure import MeasuredModel
from training.evaluation.nab.report.tables import show

WIDTH = 100
"""Columns of the tables, also where no terminal has any."""

EXAMPLES = """\b
Examples:
  streamgauge evaluate nab ../NAB
  streamgauge evaluate nab ../NAB --runs 16 --probation --warm-up 300
  streamgauge evaluate nab ../NAB --html nab.html
  streamgauge evaluate nab ../NAB --model models/mine/mine.onnx --json
  streamgauge evaluate nab ../NAB --through-kafka --brokers localhost:9092
  streamgauge evaluate nab ../NAB --scores published/numenta.csv.gz
"""


@click.command("nab", epilog=EXAMPLES)
@click.argument("directory", metavar="NAB_DIR", type=click.Path(path_type=Path))
@click.option("--probation", is_flag=True,
              help="Warm each series up for NAB's probation, 15 % of its file and at most 750 records. "
                   "[default unless --warm-up is given]")  # fmt: skip
@click.option("--warm-up", "warm_up", type=click.IntRange(1), metavar="N",
              help="Warm every series up for N records, as for a stream of unknown length; "
                   "with --probation both are measured.")  # fmt: skip
@click.option("--runs", type=click.IntRange(1, 1000), default=1, show_default=True,
              help="Runs that begin up to 113 records later, in other units: the spread of the score.")  # fmt: skip
@click.option("--drop", type=click.IntRange(0), default=0, show_default=True, metavar="K",
              help="Leave out the first K records of every file.")  # fmt: skip
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write a report with every file drawn; needs the training extra.")  # fmt: skip
@click.option("--through-kafka", is_flag=True,
              help="Publish all files to --brokers and let two workers score them, on topics of its own that are "
                   "deleted afterwards. All series warm up for --warm-up records [default: 300], since a worker has "
                   "one warm-up for all.")  # fmt: skip
@click.option("--scores", "scores", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="Score these records of another detector instead: CSV of file, row, anomaly_score, or packed by "
                   "gzip. Each record at or above the threshold is an alarm.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@with_settings("model", "max_fill", "rewarm", "level", "false_alarms", "sensitivity")
def command(
    settings: Settings,
    directory: Path,
    probation: bool,
    warm_up: int | None,
    runs: int,
    drop: int,
    html: Path | None,
    through_kafka: bool,
    scores: Path | None,
    as_json: bool,
) -> None:
    """Score the detector as the Numenta Anomaly Benchmark does, beside the detectors that have published.

    NAB_DIR is NAB's folder, with data/ and labels/. An alarm inside a labelled window counts once, more the earlier it
    comes; an alarm outside of all windows costs points. Printed for NAB's three profiles: the score at the product's
    fixed threshold, 1.0, which was not tuned to these files, and at the best threshold for them, which is what NAB's
    own optimiser reports for other detectors.

    Exit code 8 when the folder cannot be read.
    """
    if through_kafka and (probation or runs > 1):
        raise click.UsageError("--through-kafka takes neither --probation nor --runs: a worker has one warm-up for all")
    if html is not None:
        require("a report with figures", *FOR_REPORTS)
        check_place(html)
    console = Console(stderr=True)
    if through_kafka:  # Whoever ends us wants the topics deleted and the workers stopped.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if scores is not None:
            found: Results | ExternalScores = evaluate_external(directory, scores)
        else:
            found = _run(settings, directory, (probation, warm_up), (runs, drop), through_kafka, html, console)
    except KeyboardInterrupt:
        echo("stopped; nothing was written", err=True)
        sys.exit(INTERRUPTED_EXIT_CODE)
    if as_json:
        click.echo(json.dumps(found.to_json()))
    else:
        show(found, Console(highlight=False, width=WIDTH))


def _run(
    settings: Settings,
    directory: Path,
    warmup: tuple[bool, int | None],
    perturbation: tuple[int, int],
    through_kafka: bool,
    html: Path | None,
    console: Console,
) -> Results:
    model = MeasuredModel.of(settings, bands=through_kafka or html is not None)
    runs = perturbations(*perturbation)
    probation, n_records = warmup
    if through_kafka:
        n_warmup = settings.warmup if n_records is None else n_records
        results = run_through_kafka(directory, model, runs[0], n_warmup, settings, console)
    else:
        prepare_detector()
        warmups = [None] if n_records is None else [None, n_records] if probation else [n_records]
        results = run_benchmark(directory, model, runs, warmups, console)
    if html is not None:
        write_nab_report(html, results, console)
        echo(f"{html}: the report, with every file drawn", err=True)
    return results
