"""`streamgauge evaluate`: how good the detector is, measured on benchmarks."""

from __future__ import annotations

import click

from stream.cli.lazy_group import LazyGroup

COMMANDS = {
    "nab": "Score the detector as the Numenta Anomaly Benchmark does.",
    "context": "Plant faults that only the moment gives away, and count those found.",
    "awkward": "Count alarms and what is found in series of awkward kinds.",
    "calm": "Count pages on series in which nothing happens, and obvious faults found.",
    "telemetry": "Count true and false alerts on labelled telemetry of your own.",
}


@click.group(cls=LazyGroup, says=COMMANDS, modules="stream.cli.evaluate_{}")
def command() -> None:
    """Measure the detector on benchmarks; no broker and no training extra needed, unless an option says so."""
