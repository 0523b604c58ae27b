"""`streamgauge evaluate`: measure the detector on benchmarks."""

from __future__ import annotations

import click

from stream.cli.groups import LazyGroup, Subcommand

COMMANDS = {
    "nab": Subcommand("training.cli.evaluate_nab", "Score the detector as the Numenta Anomaly Benchmark does."),
    "context": Subcommand(
        "training.cli.evaluate_context", "Detection rate of contextual faults, such as a missing peak."
    ),
    "awkward": Subcommand("training.cli.evaluate_awkward", "Detection and false alarms on difficult kinds of series."),
    "calm": Subcommand(
        "training.cli.evaluate_calm", "Count pages on series in which nothing happens, and obvious faults found."
    ),
    "telemetry": Subcommand(
        "training.cli.evaluate_telemetry", "Count true and false alerts on labelled telemetry of your own."
    ),
}


@click.group(cls=LazyGroup, subcommands=COMMANDS)
def command() -> None:
    """Measure the detector on benchmarks; no broker and no training extra needed, unless an option says so."""
