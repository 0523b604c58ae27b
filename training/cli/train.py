"""`streamgauge train`: train a model and export a bundle."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console

from stream.cli.echo import echo
from stream.cli.groups import LazyGroup, Subcommand
from stream.errors import INTERRUPTED_EXIT_CODE
from training.cli.extra import INSTALL, load_tensorflow, require_training
from training.cli.with_extra import train_default
from training.loop.plan import Plan

COMMANDS = {
    "default": Subcommand("training.cli.train", "Train the default model on synthetic series."),
    "fit": Subcommand("training.cli.train_fit", "Train a model on your own data and compare it with the shipped one."),
    "book": Subcommand("training.cli.train_book", "Run the chapter on NAB's series, and report."),
}


@click.group(cls=LazyGroup, subcommands=COMMANDS, epilog=f"Install the training extra {INSTALL}")
def command() -> None:
    """Train a model offline and export it; needs the training extra."""


def parse_seeds(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    """Parse comma-separated whole numbers, as a click callback."""
    try:
        return tuple(int(seed) for seed in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"expected whole numbers separated by commas, found {value!r}") from error


DEFAULT_EXAMPLES = """\b
Examples:
  streamgauge train default
  streamgauge train default --out stream/model --fresh
  tensorboard --logdir runs/default
"""


@command.command(epilog=DEFAULT_EXAMPLES)
@click.option("--out", type=click.Path(path_type=Path), default="models", show_default=True,
              help="Folder for default.onnx and default.json.")  # fmt: skip
@click.option("--seeds", callback=parse_seeds, default="1,2,3", show_default=True,
              help="One model per seed; the best on held-out series is exported.")  # fmt: skip
@click.option("--updates", type=click.IntRange(min=1), default=7_168, show_default=True,
              help="Optimizer steps of each seed.")  # fmt: skip
@click.option("--logdir", type=click.Path(path_type=Path), default="runs/default", show_default=True,
              help="Folder for the checkpoint and TensorBoard's files.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Start over instead of going on from the checkpoint.")
@click.option("--json", "as_json", is_flag=True, help="Print the run record as one JSON document.")
def default(out: Path, seeds: tuple[int, ...], updates: int, logdir: Path, fresh: bool, as_json: bool) -> None:
    """Train the default model on synthetic series: three seeds side by side, the best of them exported.

    The same command resumes a run that was stopped or killed; at most a minute of work is lost.
    """
    require_training()
    load_tensorflow()
    plan = Plan(seeds=seeds, n_updates=updates)
    try:
        record = train_default(plan, out, logdir, fresh, Console(stderr=True))
    except KeyboardInterrupt:
        echo(f"stopped; the same command goes on from {logdir}, --fresh starts over", err=True)
        sys.exit(INTERRUPTED_EXIT_CODE)
    click.echo(json.dumps(record, indent=2) if as_json else _summary(out, record))


def _summary(out: Path, record: dict[str, object]) -> str:
    return (
        f"{out / 'default.onnx'}: seed {record['chosen_seed']}, {record['n_updates']:,} updates, "
        f"{record['duration_s']:,.0f} s; record in {out / 'default.json'}"
    )
