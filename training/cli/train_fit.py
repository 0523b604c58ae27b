"""`streamgauge train fit`: train on your data, compare with the default."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.console import Console

from stream.cli.csv_options import strict_csv_options
from stream.cli.echo import echo
from stream.cli.options import parse_moment, with_settings
from stream.cli.prepare import prepare_detector
from stream.detection.episodes.verdict import Policy
from stream.errors import INTERRUPTED_EXIT_CODE
from stream.formats.csv.columns import CsvFormat
from stream.kafka.topics.offset_range import Moment
from stream.library.options import Options
from stream.model.document import Name, Version
from stream.model.windowed import MAX_WINDOW
from stream.settings.settings import Settings
from training.autoencoder.plan import AutoencoderPlan
from training.cli.extra import FOR_REPORTS, load_tensorflow, require_training
from training.cli.with_extra import fit, fit_autoencoder, gather, make_request
from training.fit.data.series import require_usable
from training.fit.output_paths import OutputPaths
from training.fit.plan import FitPlan
from training.fit.report.screen import Screen

if TYPE_CHECKING:
    from training.fit.gathering import Request

EXAMPLES = """\b
Examples:
  streamgauge train fit nyc_taxi.csv ec2_cpu.csv
  streamgauge train fit --columns timestamp=when,value=load,series=host month.parquet
  streamgauge train fit --topic metrics --from 30d --name checkout
  streamgauge train fit --kind reconstruct --features cpu,mem hosts.csv
  tensorboard --logdir runs/fit
"""


def parse_end(context: click.Context, option: click.Parameter, text: str) -> tuple[str, Moment]:
    """Keep the option's text beside its value.

    A killed fit then finds its own data again.
    """
    return text, parse_moment(context, option, text)


def parse_name(_context: click.Context, option: click.Parameter, text: str) -> str:
    """Check the name or version of a bundle."""
    try:
        return str(msgspec.convert(text, Version if option.name == "version" else Name))
    except msgspec.ValidationError as error:
        expected = "three numbers such as 1.0.0" if option.name == "version" else "a-z, 0-9, '.', '_' and '-'"
        raise click.BadParameter(f"expected {expected}, found '{text}'") from error


@click.command("fit", epilog=EXAMPLES)
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(["forecast", "reconstruct"]), default="forecast", show_default=True,
              help="What the model does: forecast the next value, or reconstruct the last ones.")  # fmt: skip
@click.option("--topic", help="Read this Kafka topic instead of files, outside of any consumer group.")
@click.option("--from", "start", default="30d", show_default=True, callback=parse_end,
              metavar="beginning|SPAN|TIME",
              help="Of a topic: published since; SPAN is such as 90m, 12h, 30d, 4w, TIME is ISO 8601.")  # fmt: skip
@click.option("--to", "end", default="latest", show_default=True, callback=parse_end, metavar="latest|SPAN|TIME",
              help="Of a topic: published before; the end of the topic is where it is at the start.")  # fmt: skip
@strict_csv_options
@click.option("--from-scratch", is_flag=True, help="Start from random weights instead of the shipped model's.")
@click.option(
    "--window", "time_steps", type=click.IntRange(2, MAX_WINDOW), help="Of a reconstruction: points of a window.  [48]"
)
@click.option("--stride", type=click.IntRange(1),
              help="Of a reconstruction: points from one scored window to the next.  [a quarter of the window]"
              )  # fmt: skip
@click.option("--units", "n_units", type=click.IntRange(1, 512), help="Of a reconstruction: units of the LSTM.  [64]")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True,
              help="Seed of all random choices: order, noise, series and windows if too many.")  # fmt: skip
@click.option(
    "--epochs", "n_epochs", type=click.IntRange(1), help="Maximum number of epochs.  [60; of a reconstruction 20]"
)
@click.option("--patience", type=click.IntRange(1), default=10, show_default=True,
              help="End after so many epochs without a better validation loss.")  # fmt: skip
@click.option("--validation", type=float, default=0.2, show_default=True,
              help="Share of each series, before the held-out part, that stops the learning.")  # fmt: skip
@click.option("--held-out", type=float, default=0.2, show_default=True,
              help="Share of each series, the last part, that only the comparison sees.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default="models/mine", show_default=True,
              help="Folder for the bundle, its record and the report.")  # fmt: skip
@click.option("--name", default="mine", show_default=True, callback=parse_name, help="Name of the model.")
@click.option("--version", default="1.0.0", show_default=True, callback=parse_name, help="Version of the model.")
@click.option("--logdir", type=click.Path(file_okay=False, path_type=Path), default="runs/fit", show_default=True,
              help="Folder for the points, the checkpoint and TensorBoard's files.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Start over instead of going on from the checkpoint.")
@click.option("--json", "as_json", is_flag=True, help="Print audit, record and comparison as one JSON document.")
@with_settings()
def command(
    settings: Settings,
    files: tuple[Path, ...],
    kind: str,
    topic: str | None,
    start: tuple[str, Moment],
    end: tuple[str, Moment],
    csv_format: CsvFormat,
    out: Path,
    name: str,
    version: str,
    logdir: Path,
    fresh: bool,
    as_json: bool,
    **numbers: Any,
) -> None:
    """Train a model on the points of CSV and Parquet files or of a topic, and compare it with the shipped one.

    The options from --series to --decimal are for files. Each of the --features is a series of its own, or with --kind
    reconstruct all of them are one window.

    With --kind reconstruct the model is an autoencoder: an LSTM that reconstructs windows of ordinary points. The
    windows that it reconstructs worst are anomalous. It suits series of one scale, such as the hosts of one service.

    First a table lists the problems of each series; exit code 2 if no series can be used. Each series is split by time:
    training, then validation, then held out. The shipped model and yours score every series with the worker's own code
    and are compared on the held-out points: the last lines recommend one.

    The same command resumes a run that was stopped or killed; at most one epoch is lost. A reconstruction starts over,
    with the points that were read before.
    """
    require_training(*FOR_REPORTS, "pyarrow")
    if (topic is None) == (not files):
        raise click.UsageError("give files, or --topic, and not both")
    plan = _plan(kind, {name: number for name, number in numbers.items() if number is not None})
    request = make_request(files, csv_format, topic, start, end, settings)
    paths = OutputPaths(out, logdir, name, version)
    try:
        with paths.claim():
            record = _fit(request, csv_format.features, plan, paths, settings, fresh, as_json)
    except KeyboardInterrupt:
        echo(f"stopped; the same command goes on from {logdir}, --fresh starts over", err=True)
        sys.exit(INTERRUPTED_EXIT_CODE)
    if as_json:
        click.echo(json.dumps(record, indent=2))


def _plan(kind: str, given: dict[str, Any]) -> FitPlan | AutoencoderPlan:
    """Make the plan of a kind, and refuse the options of the other."""
    if kind == "forecast":
        if given.keys() & {"time_steps", "stride", "n_units"}:
            raise click.UsageError("--window, --stride and --units are for --kind reconstruct")
        return FitPlan(**given)
    if given.pop("from_scratch"):
        raise click.UsageError("--from-scratch is for --kind forecast: a reconstruction always is")
    window = given.setdefault("time_steps", 48)
    stride = given.setdefault("stride", max(1, window // 4))
    if stride > window:
        raise click.UsageError(f"--stride: expected at most the window of {window}, found {stride}")
    return AutoencoderPlan(**given)


def _fit(
    request: Request,
    features: tuple[str, ...],
    plan: FitPlan | AutoencoderPlan,
    paths: OutputPaths,
    settings: Settings,
    fresh: bool,
    as_json: bool,
) -> dict[str, object]:
    screen = Screen(Console(stderr=True), Console(quiet=as_json))
    data = gather(request, plan, paths, fresh, screen)
    if as_json and not data.n_usable:
        click.echo(json.dumps({"audit": [found.to_json() for found in data.audits]}, indent=2))
    require_usable(data.audits)
    prepare_detector()
    load_tensorflow()
    if isinstance(plan, AutoencoderPlan):
        options = Options(
            warmup=settings.warmup,
            slow_warmup=settings.slow_warmup,
            max_fill=settings.max_fill,
            rewarm=settings.rewarm,
        )
        return fit_autoencoder(data, features, plan, paths, options, screen)
    policy = Policy(
        warmup=settings.warmup,
        slow_warmup=settings.slow_warmup,
        max_fill=settings.max_fill,
        rewarm=settings.rewarm,
    )
    return fit(data, plan, paths, policy, screen)
