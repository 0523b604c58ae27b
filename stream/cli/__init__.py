"""The `streamgauge` command: nouns and verbs, each in a module of its own that is loaded when it is called."""

from __future__ import annotations

import os
import sys

import click

from stream import __version__
from stream.cli.lazy_group import LazyGroup
from stream.cli.safe_path import protect_children
from stream.errors import StreamgaugeError

COMMANDS = {
    "worker": "Score the points of the metrics topic and publish anomalies.",
    "publish": "Put points from files onto the metrics topic.",
    "watch": "Follow the anomalies as they open, change and close.",
    "topics": "Create or check the topics.",
    "train": "Train a model offline and export it.",
    "model": "Show or check a model bundle.",
    "evaluate": "Measure the detector on public and made benchmarks.",
    "doctor": "Check broker, topics, model, clock and versions; say what to do.",
    "prepare": "Compile the detector ahead of its first start.",
    "demo": "See it work: broker, worker, publisher and watcher in one command.",
}


EPILOG = (
    "Exit codes: 0 done; 1 unforeseen error; 2 wrong usage or settings; 3 no broker answers; 4 login refused; "
    "5 certificate not trusted; 6 topic missing or misfit; 7 model refused; 8 data unreadable; 9 training failed; "
    "10 the demo missed a fault; 11 stored state unreadable; "
    "75 the worker asks to be started again from its last checkpoint; "
    "130 ended by Ctrl-C, where that is not the usual end."
)


@click.command(
    cls=LazyGroup,
    says=COMMANDS,
    modules="stream.cli.{}",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="streamgauge")
def main() -> None:
    """Stand in a stream of metrics on Kafka and say when a series does something it has never done."""


def run() -> None:
    """Run the command; an error that a user can act on becomes one line on stderr and its exit code."""
    protect_children(os.environ)
    try:
        main(prog_name="streamgauge")
    except StreamgaugeError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
