"""`streamgauge train book`: the chapter on NAB's series."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from stream.cli.echo import echo
from stream.cli.prepare import prepare_detector
from stream.errors import INTERRUPTED_EXIT_CODE
from training.book.plan import BookPlan
from training.book.series import Benchmark
from training.cli.extra import FOR_REPORTS, load_tensorflow, require_training
from training.cli.with_extra import print_chapters, run_book

EXAMPLES = """\b
Examples:
  streamgauge train book ../NAB
  streamgauge train book ../NAB --series nyc_taxi --out runs/taxi
  tensorboard --logdir runs/book
"""


@click.command("book", epilog=EXAMPLES)
@click.argument("directory", metavar="DATA_DIR", type=click.Path(path_type=Path))
@click.option("--series", "names", multiple=True, metavar="NAME",
              help="A series of NAB, by its file's name; may be given again. "
                   "[default: the chapter's nine]")  # fmt: skip
@click.option("--time-steps", type=click.IntRange(2, 4096), default=48, show_default=True, help="Points of a window.")
@click.option("--stride", type=click.IntRange(min=1), metavar="N",
              help="Points between the starts of two windows. "
                   "[default: the longest that leaves a series 200 windows; --time-steps for nyc_taxi]")  # fmt: skip
@click.option(
    "--epochs", "n_epochs", type=click.IntRange(min=1), default=20, show_default=True, help="Epochs of training."
)
@click.option("--batch", "n_batch", type=click.IntRange(min=1), default=8, show_default=True, help="Windows per batch.")
@click.option(
    "--units", "n_units", type=click.IntRange(min=1), default=64, show_default=True, help="Units of the LSTM."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=7, show_default=True,
              help="Seed of the initial weights and the order of windows.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="runs/book", show_default=True,
              help="Folder for report.html, report.json, figures, bundles and TensorBoard's files.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print report.json.")
def command(directory: Path, names: tuple[str, ...], out: Path, as_json: bool, **numbers: Any) -> None:
    """Run the chapter: an LSTM autoencoder reconstructs windows of NAB's series; large errors are anomalies.

    DATA_DIR is NAB's folder, with data/ and labels/. Without --series the effect of stride, batch size and epochs is
    measured too, on nyc_taxi. Each series gets two bundles that a worker can run: the chapter's, and one fitted and
    calibrated on the first half only.
    """
    plan = BookPlan(**numbers)
    if plan.stride is not None and plan.stride > plan.time_steps:
        text = f"expected at most --time-steps {plan.time_steps}, found {plan.stride}"
        raise click.BadParameter(text, param_hint="'--stride'")
    require_training(*FOR_REPORTS)
    Benchmark.open(directory)  # Says what is wrong before TensorFlow is loaded.
    prepare_detector()
    load_tensorflow()
    unique = tuple(dict.fromkeys(names))
    try:
        record, chapters = run_book(directory, unique, plan, out, Console(stderr=True))
    except KeyboardInterrupt:
        echo("stopped before the report; the same command starts over", err=True)
        sys.exit(INTERRUPTED_EXIT_CODE)
    if as_json:
        click.echo(json.dumps(record))
        return
    print_chapters(chapters, Console(highlight=False))
    click.echo(f"{out / 'report.html'}: the report, {record['duration_s']:,.0f} s; numbers in {out / 'report.json'}")
