"""`streamgauge evaluate`: how good the detector is, measured on benchmarks."""

from __future__ import annotations

import click

from stream.cli.lazy_group import LazyGroup

COMMANDS = {
    "nab": "Score the detector as the Numenta Anomaly Benchmark does.",
    "context": "Detection rate of contextual faults, such as a missing peak.",
    "awkward": "Detection and false alarms on difficult kinds of series.",
    "calm": "Count pages on series in which nothing happens, and obvious faults found.",
    "telemetry": "Count true and false alerts on labelled telemetry of your own.",
}


@click.group(cls=LazyGroup, says=COMMANDS, modules="stream.cli.evaluate_{}")
def command() -> None:
    """Measure the detector on benchmarks; no broker and no training extra needed, unless an option says so."""
