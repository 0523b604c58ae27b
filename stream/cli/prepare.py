"""`streamgauge prepare`: compile the detector ahead of its first start."""

from __future__ import annotations

from importlib import import_module

import click

from stream.cli.echo import echo


@click.command("prepare")
def command() -> None:
    """Compile the detector, if that has not been done on this machine for this version.

    A worker, an evaluation or a training would do it when it starts, and be half a minute late. What is compiled lies
    beside the sources, or in ~/.cache/streamgauge where these cannot be written; NUMBA_CACHE_DIR names another place.
    """
    prepare_detector()


def prepare_detector() -> None:
    """Compile the detector, and tell those who have to wait for it."""
    preparation = import_module("stream.detection.preparation")
    if not preparation.is_prepared():
        echo("compiling the detector, once for this version: about half a minute", err=True)
    preparation.prepare()
