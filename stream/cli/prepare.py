"""`streamgauge prepare`: compile the detector before its first start."""

from __future__ import annotations

from importlib import import_module

import click

from stream.cli.echo import echo


@click.command("prepare")
def command() -> None:
    """Compile the detector, unless it has been compiled on this machine for this version.

    Otherwise the first worker, evaluation or training does it when it starts, which takes half a minute. The code lies
    beside the sources, or in ~/.cache/streamgauge where these cannot be written; NUMBA_CACHE_DIR names another place.
    """
    prepare_detector()


def prepare_detector() -> None:
    """Compile the detector, with a message about the wait."""
    preparation = import_module("stream.detection.scoring.precompile")
    if not preparation.is_prepared():
        echo("compiling the detector, once for this version: about half a minute", err=True)
    preparation.prepare()
